// Which devices tell which serial number: two that tell the same one cannot be told apart by it.

interface Claim {
  device: string;
  onChange(): void;
}

export class Serials {
  readonly #claims = new Map<string, Set<Claim>>();

  /** A device tells this serial number; calls back when another one begins, or ceases, to tell it too. Returns the end of that. */
  claim(serial: string, device: string, onChange: () => void): () => void {
    const claim = { device, onChange };
    const claims = this.#claims.get(serial) ?? new Set();
    this.#claims.set(serial, claims.add(claim));
    notify(claims, claim);
    return () => {
      claims.delete(claim);
      if (claims.size === 0) this.#claims.delete(serial);
      notify(claims, claim);
    };
  }

  /** The other devices that tell it. */
  others(serial: string, device: string): string[] {
    const claims = [...(this.#claims.get(serial) ?? [])];
    return claims.map(claim => claim.device).filter(other => other !== device);
  }
}

function notify(claims: ReadonlySet<Claim>, except: Claim): void {
  for (const claim of claims) if (claim !== except) claim.onChange();
}
