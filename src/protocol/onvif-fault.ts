// What a SOAP fault of an ONVIF service means: an error of the table, and limits that it names.
import { type BridgeError, type ErrorCode, fail } from '../util/errors.ts';
import { splitName } from './namespaces.ts';
import { readFault } from './soap.ts';
import { child, type XmlElement } from './xml-tree.ts';

export interface OnvifFault {
  /** Its message holds the names of codes and of what the Detail holds, such as `Sender InvalidArgs`, and the Reason. */
  error: BridgeError;
  /** What the device allows, where it says that a pull asked for more (Core, PullMessages). */
  limits: XmlElement | undefined;
}

const REASON_MAX = 200;

/** By the words of its codes and its Detail, where WS-BaseNotification names its faults; the first match counts. */
const MEANINGS: readonly (readonly [RegExp, ErrorCode])[] = [
  [/\b(NotAuthorized|SenderNotAuthorized|FailedAuthentication|FailedCheck|InvalidSecurityToken)\b/, 'AUTH'],
  [/\b(ResourceUnknownFault|ResourceUnknown|UnknownSubscription)\b/, 'CLOSED'],
  [/\b(Max\w*(PullPoints|Subscri\w*|Producers)|ResourceUnavailable\w*|OutOfMemory|TooMany\w*)\b/i, 'BUSY'],
  [/\b(ActionNotSupported|OptionalActionNotImplemented|NoSuchService|UnknownAction)\b/, 'UNSUPPORTED'],
];

/** The fault that a SOAP body is, undefined where it is none; `who` names the request in the error. */
export function readOnvifFault(body: XmlElement, who: string): OnvifFault | undefined {
  const fault = readFault(body);
  if (fault === undefined) return undefined;
  const detail = child(body, 'Detail') ?? child(body, 'detail');
  const words = new Set([...codesIn(body), ...(detail ? namesIn(detail) : [])]);
  const name = [...words].join(' ').slice(0, 120);
  const [, code = 'REFUSED'] = MEANINGS.find(([pattern]) => pattern.test(`${name} ${fault.reason}`)) ?? [];
  const reason = fault.reason.replace(/\s+/g, ' ').slice(0, REASON_MAX);
  const said = reason === '' ? '' : `: ${JSON.stringify(reason)}`;
  const error = fail(code, `${who} was answered with the fault ${JSON.stringify(name)}${said}`);
  return { error, limits: detail && child(detail, 'PullMessagesFaultResponse') };
}

/** The values of the codes, one within the other (SOAP 1.2 §5.4.1). */
function codesIn(element: XmlElement): string[] {
  return element.children.flatMap(each => {
    if (/^(Value|faultcode)$/.test(each.local)) return splitName(each.text.trim()).local;
    return /^(Code|Subcode)$/.test(each.local) ? codesIn(each) : [];
  });
}

function namesIn(element: XmlElement): string[] {
  return element.children.flatMap(each => [each.local, ...namesIn(each)]);
}
