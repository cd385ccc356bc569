import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createVapixClient } from '../../../src/vapix/client.ts';
import { decodeDeviceInfo, deviceInfoOf, fetchDeviceInfo } from '../../../src/vapix/device-info.ts';
import { decodeParams } from '../../../src/vapix/param.ts';
import { needCorpus, readCorpus } from '../../support/corpus.ts';
import { type Answer, startHttpDevice } from '../../support/http-device.ts';

const PARAMS = `root.Brand.Brand=AXIS
root.Brand.ProdFullName=AXIS P5512 PTZ Dome Network Camera
root.Brand.ProdNbr=P5512
root.Brand.ProdType=PTZ Dome Network Camera
root.Properties.Firmware.Version=5.51.7
root.Properties.System.Architecture=mips
root.Properties.System.SerialNumber=00408CFB6888
`;

async function fetchFrom(t: TestContext, basic: Answer) {
  const device = await startHttpDevice(t, (request, response, message) => {
    if (request.url === '/axis-cgi/basicdeviceinfo.cgi') return basic(request, response, message);
    return response.end(PARAMS);
  });
  const client = createVapixClient({ address: device.address, signal: t.signal });
  t.after(() => client.close());
  return { info: await fetchDeviceInfo(client), seen: device.seen };
}

test('fetchDeviceInfo asks basicdeviceinfo and reads an answer without method and context', async t => {
  const { info, seen } = await fetchFrom(t, (_request, response) => {
    const propertyList = {
      ProdNbr: 'P8815-2',
      Version: '10.12.228',
      SerialNumber: '00:40:8c:18:82:27',
      Brand: 7,
      Soc: null,
    };
    response.end(JSON.stringify({ apiVersion: '1.3', data: { propertyList } }));
  });
  assert.deepEqual(info, {
    serial: '00408C188227',
    brand: '7',
    model: 'P8815-2',
    fullName: '',
    productType: '',
    firmware: '10.12.228',
    architecture: '',
    soc: '',
  });
  const expected = { apiVersion: '1.0', context: 'axis2mqtt', method: 'getAllProperties' };
  assert.deepEqual(JSON.parse(seen[0]?.body ?? ''), expected);
});

test('fetchDeviceInfo reads the parameters of a device that has no basicdeviceinfo, or an error for it', async t => {
  const answers: Answer[] = [
    (_request, response) => void response.writeHead(404).end(),
    (_request, response) =>
      void response.end('{"apiVersion":"1.0","error":{"code":2001,"message":"Access forbidden"}}'),
    (_request, response) => void response.end('<html>Sorry</html>'),
  ];
  for (const answer of answers) {
    const { info, seen } = await fetchFrom(t, answer);
    assert.equal(info.serial, '00408CFB6888');
    assert.equal(info.model, 'P5512');
    assert.equal(info.firmware, '5.51.7');
    assert.match(seen[1]?.url ?? '', /^\/axis-cgi\/param\.cgi\?action=list&group=/);
  }
});

test('decodeDeviceInfo says no serial where the device says none that is one', () => {
  for (const propertyList of [{}, { SerialNumber: 'virtual' }])
    assert.equal(decodeDeviceInfo(JSON.stringify({ data: { propertyList } })).serial, undefined);
  for (const data of [{}, null, 'x', { propertyList: [] }])
    assert.throws(() => decodeDeviceInfo(JSON.stringify({ data })), { code: 'PROTOCOL' });
});

test('real answers are read', needCorpus('vapix'), () => {
  for (const [name, text] of readCorpus('vapix', /basicdeviceinfo-get-all/)) {
    const { serial, model, firmware } = decodeDeviceInfo(text);
    assert.deepEqual([serial, model, firmware], ['ACCC12345678', 'M1065-LW', '9.80.1'], name);
  }
  for (const [name, text] of readCorpus('vapix', /param-cgi-action-list\.txt|param-property/)) {
    const info = deviceInfoOf(decodeParams(text));
    assert.match(info.serial ?? '', /^[0-9A-F]{12}$/, name);
    assert.match(info.firmware, /^\d+\.\d+/, name);
  }
});
