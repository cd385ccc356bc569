// ONVIF's pull points: requests, leases, answers, faults.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readMetadata } from '../../../src/protocol/metadata.ts';
import { readSystemTime } from '../../../src/protocol/onvif-device.ts';
import { readOnvifFault } from '../../../src/protocol/onvif-fault.ts';
import { readPullAnswer } from '../../../src/protocol/pull-answer.ts';
import {
  addressing,
  createPullPoint,
  leaseMs,
  type PullLimits,
  pullMessages,
  readLease,
  readPullLimits,
  readPullPoint,
  renew,
} from '../../../src/protocol/pullpoint.ts';
import { readSoapBody, soapEnvelope } from '../../../src/protocol/soap.ts';
import { child, readXmlTree } from '../../../src/protocol/xml-tree.ts';
import { type ErrorCode, isBridgeError } from '../../../src/util/errors.ts';
import { needCorpus, readCorpus } from '../../support/corpus.ts';

const TEV = 'http://www.onvif.org/ver10/events/wsdl';
const WSNT = 'http://docs.oasis-open.org/wsn/b-2';
const WSA = 'http://www.w3.org/2005/08/addressing';
const SOAP = 'http://www.w3.org/2003/05/soap-envelope';
const AXIS = 'http://www.axis.com/2009/event';

/** As a device sends it, with the usual prefixes. */
const answer = (body: string) =>
  `<?xml version="1.0"?><s:Envelope xmlns:s="${SOAP}" xmlns:tev="${TEV}" xmlns:wsnt="${WSNT}" xmlns:wsa5="${WSA}" xmlns:tt="http://www.onvif.org/ver10/schema" xmlns:tns1="http://www.onvif.org/ver10/topics"><s:Body>${body}</s:Body></s:Envelope>`;
const message = (state: string) =>
  `<wsnt:NotificationMessage><wsnt:Topic>tns1:VideoSource/MotionAlarm</wsnt:Topic><wsnt:Message><tt:Message UtcTime="2026-11-22T08:00:00Z" PropertyOperation="Changed"><tt:Source/><tt:Data><tt:SimpleItem Name="State" Value="${state}"/></tt:Data></tt:Message></wsnt:Message></wsnt:NotificationMessage>`;
const created = (address: string, parameters = '') =>
  answer(
    `<tev:CreatePullPointSubscriptionResponse><tev:SubscriptionReference><wsa5:Address>${address}</wsa5:Address>${parameters}</tev:SubscriptionReference><wsnt:CurrentTime>2018-02-27T18:27:56.067Z</wsnt:CurrentTime><wsnt:TerminationTime>2018-02-27T18:29:26.067Z</wsnt:TerminationTime></tev:CreatePullPointSubscriptionResponse>`,
  );
const fault = (codes: string, detail = '') =>
  answer(
    `<s:Fault><s:Code>${codes}</s:Code><s:Reason><s:Text xml:lang="en"/></s:Reason><s:Detail>${detail}</s:Detail></s:Fault>`,
  );

describe('a request', () => {
  test('for a pull point says its topics with their prefixes declared, and how long it is to live', () => {
    const { action, body } = createPullPoint('tns1:Device//.|tnsaxis:Storage/Alert', 'PT60S');
    assert.equal(action, `${TEV}/EventPortType/CreatePullPointSubscriptionRequest`);
    const filter = child(readXmlTree(body), 'Filter', TEV);
    const expression = filter && child(filter, 'TopicExpression', WSNT);
    assert.equal(expression?.text, 'tns1:Device//.|tnsaxis:Storage/Alert');
    assert.match(body, /xmlns:tns1="http:\/\/www.onvif.org\/ver10\/topics"/);
    assert.match(body, /xmlns:tnsaxis="http:\/\/www.axis.com\/2009\/event\/topics"/);
    assert.match(body, /Dialect="http:\/\/www.onvif.org\/ver10\/tev\/topicExpression\/ConcreteSet"/);
    assert.equal(child(readXmlTree(body), 'InitialTerminationTime', TEV)?.text, 'PT60S');
    assert.equal(child(readXmlTree(createPullPoint(undefined, 'PT1S').body), 'Filter'), undefined);
  });

  test('for messages says how long it waits for how many; one for a renewal until when', () => {
    const pull = readXmlTree(pullMessages({ timeoutMs: 20_000, messages: 100 }).body);
    assert.equal(child(pull, 'Timeout', TEV)?.text, 'PT20S');
    assert.equal(child(pull, 'MessageLimit', TEV)?.text, '100');
    assert.equal(child(readXmlTree(renew('PT60S').body), 'TerminationTime', WSNT)?.text, 'PT60S');
  });

  test('to a pull point echoes every reference parameter as it came, marked as one', () => {
    const parameters = `<wsa5:ReferenceParameters><dom0:SubscriptionId xmlns:dom0="${AXIS}">urn:uuid:90 </dom0:SubscriptionId><wsa:Id xmlns:wsa="urn:x"><a b="&lt;"/></wsa:Id></wsa5:ReferenceParameters>`;
    const point = readPullPoint(
      readSoapBody(created('http://192.0.2.9/onvif/services?a=1&amp;b', parameters)),
    );
    const envelope = readXmlTree(soapEnvelope({ header: addressing('urn:action', point), body: '<b/>' }));
    const [action, id, replyTo, ...header] = child(envelope, 'Header', SOAP)?.children ?? [];
    assert.deepEqual([action?.uri, action?.local, action?.text], [WSA, 'Action', 'urn:action']);
    assert.match(id?.text ?? '', /^urn:uuid:[0-9a-f-]{36}$/);
    assert.equal(
      replyTo && child(replyTo, 'Address', WSA)?.text,
      'http://www.w3.org/2005/08/addressing/anonymous',
    );
    assert.deepEqual(
      header.map(({ uri, local, text }) => [uri, local, text]),
      [
        [WSA, 'To', 'http://192.0.2.9/onvif/services?a=1&b'],
        [AXIS, 'SubscriptionId', 'urn:uuid:90 '],
        ['urn:x', 'Id', ''],
      ],
    );
    assert.equal(header[2]?.children[0]?.attributes[0]?.value, '<');
    for (const parameter of header.slice(1)) {
      const [mark] = parameter.attributes;
      assert.deepEqual([mark?.local, mark?.value], ['IsReferenceParameter', 'true']);
    }
  });
});

describe('a lease', () => {
  test('lasts by the clock of the device alone', () => {
    const { lease, address, parameters } = readPullPoint(readSoapBody(created('http://a/b')));
    assert.deepEqual([address, parameters], ['http://a/b', '']);
    assert.equal(leaseMs(lease), 90_000);
  });

  test('that ends before it begins, or says no times, is none', () => {
    assert.equal(leaseMs({ current: 2000, termination: 1000 }), undefined);
    assert.equal(leaseMs(readLease(readXmlTree('<a><CurrentTime>soon</CurrentTime></a>'))), undefined);
  });

  test('without a reference to the subscription is refused, and with an endless one', () => {
    assert.throws(() => readPullPoint(readXmlTree('<CreatePullPointSubscriptionResponse/>')), {
      code: 'PROTOCOL',
    });
    const endless = readSoapBody(created(`http://a/${'b'.repeat(20_000)}`));
    assert.throws(() => readPullPoint(endless), { code: 'TOO_LARGE' });
  });
});

describe('an answer to PullMessages', () => {
  test('gives its messages, and the times around them', () => {
    const text = answer(
      `<tev:PullMessagesResponse><tev:CurrentTime>2026-11-22T08:00:00Z</tev:CurrentTime><tev:TerminationTime>2026-11-22T08:01:00Z</tev:TerminationTime>${message('1')}\n${message('0')}</tev:PullMessagesResponse>`,
    );
    const { notifications, body } = readPullAnswer(text);
    assert.deepEqual(
      notifications.map(({ operation, data }) => [operation, data[0]?.value]),
      [
        ['changed', '1'],
        ['changed', '0'],
      ],
    );
    assert.equal(body && leaseMs(readLease(body)), 60_000);
  });

  test('may hold nothing, or be bare of an envelope', () => {
    assert.deepEqual(readPullAnswer(answer('<tev:PullMessagesResponse/>')).notifications, []);
    assert.equal(readPullAnswer(message('1')).notifications.length, 1);
  });

  const bare = '<wsnt:NotificationMessage><wsnt:Topic>a</wsnt:Topic></wsnt:NotificationMessage>';
  const odd: Record<string, string> = {
    'whose messages differ in their values': message('1') + message('0') + message(''),
    'with a value that ends a message':
      message('1') + message('&lt;/wsnt:NotificationMessage>') + message('0'),
    'with a comment between messages': `${message('1')}<!-- </wsnt:NotificationMessage> -->${message('0')}`,
    'with a message in a message': message('1').replace(
      '<tt:Source/>',
      `<tt:Source>${message('2')}</tt:Source>`,
    ),
    'that gives a prefix another meaning for some': `<x>${message('1')}</x><x xmlns:tt="urn:other">${bare}${message('0')}</x>`,
    'with a message that says nothing': `${message('1')}<wsnt:NotificationMessage/>${message('0')}`,
    'with an item that holds elements': message('1').replace(
      '<tt:Source/>',
      '<tt:Source><tt:ElementItem Name="a"><b c="1">d</b></tt:ElementItem></tt:Source>',
    ),
  };
  for (const [name, messages] of Object.entries(odd)) {
    test(`${name} says what it says as a document`, () => {
      const text = answer(`<tev:PullMessagesResponse>${messages}</tev:PullMessagesResponse>`);
      const { body: _, ...first } = readPullAnswer(text);
      const whole = readMetadata(text);
      assert.deepEqual(first, whole);
      // The first time its forms may be new, the second time they are known.
      assert.deepEqual(readPullAnswer(text).notifications, whole.notifications);
      const elsewhere = text.replace('xmlns:tt="http://www.onvif.org/ver10/schema"', 'xmlns:tt="urn:other"');
      assert.deepEqual(readPullAnswer(elsewhere).notifications, readMetadata(elsewhere).notifications);
    });
  }

  const bad: Record<string, string> = {
    'that is something else': answer('<tev:RenewResponse/>'),
    'that breaks off': answer('<tev:PullMessagesResponse/>').slice(0, -3),
    'that is a page': '<HTML><BODY>404</BODY></HTML>',
    'that is empty': '',
  };
  for (const [name, text] of Object.entries(bad))
    test(`${name} is PROTOCOL`, () => assert.throws(() => readPullAnswer(text), { code: 'PROTOCOL' }));

  const large: Record<string, string> = {
    'that opens messages without end': '<a:NotificationMessage '.repeat(50_000),
    'of nothing but the beginnings of elements': '<'.repeat(4 * 1024 * 1024),
    'of small elements': answer(
      `<tev:PullMessagesResponse>${'<a/>'.repeat(900_000)}</tev:PullMessagesResponse>`,
    ),
    'with messages of small elements': answer(message('1').replace('<tt:Source/>', '<a/>'.repeat(900_000))),
  };
  for (const [name, text] of Object.entries(large))
    test(`${name} is TOO_LARGE`, () => assert.throws(() => readPullAnswer(text), { code: 'TOO_LARGE' }));

  test('with something behind it, or with damage around its messages, gives its messages', () => {
    const text = answer(
      `<tev:PullMessagesResponse>${message('1')}${message('0')}</tev:PullMessagesResponse>`,
    );
    const { notifications } = readPullAnswer(text);
    for (const other of [
      `${text}\0`,
      `${text}${'<'.repeat(10_000)}`,
      `\r\n${text}--boundary`,
      text.slice(0, -30),
      text.replace('<tev:PullMessagesResponse>', '<tev:PullMessagesResponse>&nbsp;\x01'),
    ])
      assert.deepEqual(readPullAnswer(other).notifications, notifications, JSON.stringify(other.slice(-40)));
  });

  test('of which one message is damaged gives the others', () => {
    for (const damage of ['\x01', '& ', '< ', '&nbsp;', '</x>', '<q:x>']) {
      const text = answer(
        `<tev:PullMessagesResponse>${message('1')}${message(`2${damage}`)}${message('3')}</tev:PullMessagesResponse>`,
      );
      const { notifications, unreadable } = readPullAnswer(text);
      const said = notifications.map(({ data }) => data[0]?.value);
      assert.deepEqual([said[0], said.at(-1)], ['1', '3'], damage);
      assert.equal(unreadable.length, 1, damage);
      assert.equal(said.length + (unreadable[0]?.count ?? 0), 3, damage);
    }
  });

  test(
    'of any make gives each notification with every item, or says why not',
    needCorpus('onvif-pull'),
    t => {
      const refused: string[] = [];
      for (const [name, text] of readCorpus('onvif-pull', /./)) {
        try {
          const { notifications } = readPullAnswer(text);
          const items = notifications.flatMap(({ source, key, data }) => [...source, ...key, ...data]);
          assert.equal(items.length, text.match(/<(\w+:)?(Simple|Element)Item[\s>/]/g)?.length ?? 0, name);
        } catch (error) {
          assert.ok(isBridgeError(error) && error.code === 'PROTOCOL', `${name}: ${error}`);
          refused.push(name);
        }
      }
      t.diagnostic(`refused: ${refused.join(', ')}`);
      // Those are answers to other requests.
      const others = /createpull|renew|setsync|getservices|find-events/;
      assert.deepEqual(
        refused.filter(name => !others.test(name)),
        [],
      );
    },
  );
});

describe('a fault', () => {
  const cases: [what: string, text: string, code: ErrorCode][] = [
    [
      'of the login',
      fault('<s:Value>s:Sender</s:Value><s:Subcode><s:Value>ter:NotAuthorized</s:Value></s:Subcode>'),
      'AUTH',
    ],
    [
      'of an unknown subscription',
      fault('<s:Value>s:Sender</s:Value>', '<r:ResourceUnknownFault xmlns:r="urn:r"/>'),
      'CLOSED',
    ],
    [
      'of too many subscriptions',
      fault(
        '<s:Value>s:Receiver</s:Value><s:Subcode><s:Value>ter:Action</s:Value><s:Subcode><s:Value>ter:MaxPullPoints</s:Value></s:Subcode></s:Subcode>',
      ),
      'BUSY',
    ],
    [
      'of a request that is not known',
      fault('<s:Value>s:Receiver</s:Value><s:Subcode><s:Value>ter:ActionNotSupported</s:Value></s:Subcode>'),
      'UNSUPPORTED',
    ],
    ['of the filter', fault('<s:Value>s:Sender</s:Value>', '<wsnt:InvalidFilterFault/>'), 'REFUSED'],
  ];
  for (const [what, text, code] of cases)
    test(`${what} is ${code}`, () =>
      assert.equal(readOnvifFault(readSoapBody(text), 'it')?.error.code, code));

  test('names what it says, and an answer is none', () => {
    const text = fault(
      '<s:Value>s:Sender</s:Value><s:Subcode><s:Value>ter:InvalidArgs</s:Value></s:Subcode>',
    );
    const error = readOnvifFault(readSoapBody(text), 'Renew')?.error;
    assert.match(error?.message ?? '', /^Renew .* "Sender InvalidArgs"$/);
    assert.equal(readOnvifFault(readSoapBody(created('http://a')), 'it'), undefined);
  });

  test('that asks for shorter pulls is kept to, as far as it makes sense', () => {
    const asked: PullLimits = { timeoutMs: 20_000, messages: 100 };
    const limits = (time: string, most: string) =>
      readPullLimits(
        readXmlTree(`<a><MaxTimeout>${time}</MaxTimeout><MaxMessageLimit>${most}</MaxMessageLimit></a>`),
        asked,
      );
    assert.deepEqual(limits('PT5S', '10'), { timeoutMs: 5000, messages: 10 });
    assert.deepEqual(limits('PT1M', '1000'), asked);
    assert.deepEqual(limits('PT0S', '0'), { timeoutMs: 1000, messages: 100 });
    assert.deepEqual(limits('soon', 'many'), asked);
  });
});

describe('the time of the system', () => {
  test('is its UTC time', () => {
    const group = (name: string, values: object) =>
      `<tt:${name}>${Object.entries(values)
        .map(([key, value]) => `<tt:${key}>${value}</tt:${key}>`)
        .join('')}</tt:${name}>`;
    const utc =
      group('Time', { Hour: 8, Minute: 1, Second: 2 }) + group('Date', { Year: 2026, Month: 11, Day: 22 });
    const text = answer(
      `<r><SystemDateAndTime><tt:UTCDateTime>${utc}</tt:UTCDateTime></SystemDateAndTime></r>`,
    );
    assert.equal(readSystemTime(readSoapBody(text)), Date.UTC(2026, 10, 22, 8, 1, 2));
    assert.equal(readSystemTime(readSoapBody(answer('<r/>'))), undefined);
  });
});
