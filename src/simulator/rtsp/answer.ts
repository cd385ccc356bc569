// An RTSP answer and its bytes, with the headers in the order that devices write them (PROTOCOLS 1.3).

export interface Answer {
  status: number;
  /** A list makes several headers of one name. */
  headers?: Record<string, string | readonly string[]>;
  body?: string;
  /** What follows once the answer is written. */
  after?: () => void;
}

const REASONS: Record<number, string> = {
  200: 'OK',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  453: 'Not Enough Bandwidth',
  454: 'Session Not Found',
  455: 'Method Not Valid in This State',
  460: 'Only aggregate operation allowed',
  461: 'Unsupported transport',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
  505: 'RTSP Version not supported',
};

/** The bytes of an answer; `always` are the headers that every answer to this request bears. */
export function writeAnswer(
  answer: Answer,
  always: { cseq: string | undefined; session?: string; date: string },
): Buffer {
  const body = Buffer.from(answer.body ?? '');
  const lines = [
    `RTSP/1.0 ${answer.status} ${REASONS[answer.status] ?? 'Refused'}`,
    ...(always.cseq === undefined ? [] : [`CSeq: ${always.cseq}`]),
    ...headerLines(answer.headers ?? {}),
    'Server: GStreamer RTSP server',
    ...(always.session === undefined ? [] : [`Session: ${always.session}`]),
    `Date: ${always.date}`,
    ...(body.length > 0 ? [`Content-Length: ${body.length}`] : []),
  ];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), body]);
}

function headerLines(headers: NonNullable<Answer['headers']>): string[] {
  return Object.entries(headers).flatMap(([name, value]) =>
    (typeof value === 'string' ? [value] : value).map(one => `${name}: ${one}`),
  );
}
