import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readFault, readSoapBody, soapEnvelope } from '../../../src/protocol/soap.ts';
import { attributeOf, child, readXmlTree, writeXml } from '../../../src/protocol/xml-tree.ts';
import { isBridgeError } from '../../../src/util/errors.ts';

const SOAP12 = 'xmlns:e="http://www.w3.org/2003/05/soap-envelope"';

describe('an XML answer', () => {
  test('is a tree with namespaces resolved where they stand', () => {
    const root = readXmlTree(
      '<a xmlns="u1" xmlns:p="u2"><p:b c="1" p:d="&lt;&#x41;&#66;"/><b xmlns="u3">x<![CDATA[&amp;]]>&amp;</b></a>',
    );
    const [first, second] = root.children;
    assert.equal(root.uri, 'u1');
    assert.deepEqual([first?.uri, first?.local, first && attributeOf(first, 'd')], ['u2', 'b', '<AB']);
    assert.deepEqual([second?.uri, second?.text], ['u3', 'x&amp;&']);
    assert.equal(child(root, 'b', 'u3'), second);
  });

  const bad: Record<string, string | Buffer> = {
    'that breaks off': '<a><b></b>',
    'with a DOCTYPE': '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    'nested too deep': '<a>'.repeat(70) + '</a>'.repeat(70),
    'nested absurdly deep': '<a>'.repeat(5000) + '</a>'.repeat(5000),
    'that is none': 'HTTP/1.1 200 OK',
    'that is empty': '',
  };
  for (const [name, document] of Object.entries(bad)) {
    test(`${name} is refused`, () =>
      assert.throws(
        () => readXmlTree(document),
        error => isBridgeError(error) && error.code === 'PROTOCOL',
      ));
  }

  test('larger than the bound is refused, in bytes, elements or attributes', () => {
    const attributes = Array.from({ length: 60_000 }, (_, index) => `a${index}="1"`).join(' ');
    for (const text of [
      ' '.repeat(4 * 1024 * 1024 + 1),
      `<a>${'<b/>'.repeat(1_000_000)}</a>`,
      `<a ${attributes}/>`,
    ])
      assert.throws(
        () => readXmlTree(text),
        error => isBridgeError(error) && error.code === 'TOO_LARGE',
      );
  });

  test('is read without the zeros behind it, and in the encoding that it has', () => {
    assert.equal(readXmlTree('<a>b</a>\n\0\0').text, 'b');
    const latin = Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><a>\xe9</a>', 'latin1');
    assert.equal(readXmlTree(latin).text, '\u00e9');
    assert.equal(readXmlTree(Buffer.from('<a>\xff</a>', 'latin1')).text, '\ufffd');
  });

  test('is read with its damage replaced', () => {
    const { text, children } = readXmlTree('<a>R&D &nbsp;\x01 1 < 2<b c="x & y"/></a>');
    assert.equal(text, 'R&D &nbsp;\ufffd 1 < 2');
    assert.equal(children[0] && attributeOf(children[0], 'c'), 'x & y');
  });
});

describe('a fault', () => {
  test('of SOAP 1.2 says code, subcode and reason', () => {
    const fault = `<e:Envelope ${SOAP12} xmlns:ter="http://www.onvif.org/ver10/error"><e:Body><e:Fault><e:Code><e:Value>e:Sender</e:Value><e:Subcode><e:Value>ter:InvalidArgs</e:Value></e:Subcode></e:Code><e:Reason><e:Text xml:lang="en"> Invalid Args </e:Text></e:Reason></e:Fault></e:Body></e:Envelope>`;
    assert.deepEqual(readFault(readSoapBody(fault)), {
      code: 'Sender',
      subcode: 'InvalidArgs',
      reason: 'Invalid Args',
    });
  });

  test('of SOAP 1.1 says code and reason', () => {
    const fault =
      '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault><faultcode>s:Client</faultcode><faultstring>no</faultstring></s:Fault></s:Body></s:Envelope>';
    assert.deepEqual(readFault(readSoapBody(fault)), { code: 'Client', subcode: '', reason: 'no' });
  });

  test('is not seen in any other body, and an envelope without one is refused', () => {
    assert.equal(readFault(readSoapBody(soapEnvelope({ body: '<Fault/>' }))), undefined);
    assert.throws(
      () => readSoapBody(`<e:Envelope ${SOAP12}/>`),
      error => isBridgeError(error) && error.code === 'PROTOCOL',
    );
  });
});

test('reference parameters are written back with their namespace and value', () => {
  const subscription =
    '<r><dom0:SubscriptionId xmlns:dom0="http://www.axis.com/2009/event" kind="a&amp;b">297</dom0:SubscriptionId></r>';
  const [id] = readXmlTree(subscription).children;
  assert.ok(id);
  const header = writeXml(id, ' w:IsReferenceParameter="true"');
  assert.equal(
    header,
    '<dom0:SubscriptionId xmlns:dom0="http://www.axis.com/2009/event" kind="a&amp;b" w:IsReferenceParameter="true">297</dom0:SubscriptionId>',
  );
  const envelope = readXmlTree(soapEnvelope({ header: `<h xmlns:w="u">${header}</h>`, body: '<b/>' }));
  assert.deepEqual(
    envelope.children.map(({ local }) => local),
    ['Header', 'Body'],
  );
});

test('an element is written with all its names in their namespaces, as it came', () => {
  const text =
    '<a:Id xmlns:a="urn:a" xmlns:i="urn:i" i:type="a:Number" plain="1"><b xmlns="urn:b">29 &amp; 7</b></a:Id>';
  const again = readXmlTree(writeXml(readXmlTree(text), ' extra="2"'));
  assert.deepEqual(
    again.attributes.map(({ uri, local, value }) => [uri, local, value]),
    [
      ['urn:i', 'type', 'a:Number'],
      ['', 'plain', '1'],
      ['', 'extra', '2'],
    ],
  );
  const [inner] = again.children;
  assert.deepEqual([again.uri, inner?.uri, inner?.text], ['urn:a', 'urn:b', '29 & 7']);
});
