/** Every setting: what is well-formed, what is not, and what the environment says. */
import { describe, expect, it } from 'vitest';
import {
  effectiveSettings,
  parseSetting,
  type SettingName,
  SETTINGS,
  settingsFromEnvironment,
} from './settings.js';

describe('well-formed', () => {
  it.each<[name: SettingName, text: string, value: unknown]>([
    ['leverEnvironment', 'production', 'production'],
    ['leverEnvironment', 'sandbox', 'sandbox'],
    ['leverApiUrl', 'https://api.example.com/v1', 'https://api.example.com/v1'],
    ['leverApiUrl', 'http://127.0.0.1:4010/v1', 'http://127.0.0.1:4010/v1'],
    ['codesubmitUrl', 'https://app.example.com', 'https://app.example.com'],
    ['performAs', 'user-1', 'user-1'],
    ['publicUrl', 'none', null],
    ['publicUrl', 'https://bridge.example.com', 'https://bridge.example.com'],
    ['publicUrl', 'https://bridge.example.com/', 'https://bridge.example.com'],
    ['publicUrl', 'https://bridge.example.com:8443/a/b//', 'https://bridge.example.com:8443/a/b'],
    ['webhookId', 'abcd_EF-12', 'abcd_EF-12'],
    ['host', '0.0.0.0', '0.0.0.0'],
    ['host', '::1', '::1'],
    ['port', '8737', 8737],
    ['port', '0', 0],
    ['port', '65535', 65_535],
    ['metricsPort', '9464', 9464],
    ['brake', '100/10', { count: 100, minutes: 10 }],
    ['brake', '1/1', { count: 1, minutes: 1 }],
    ['brake', 'off', null],
    ['sweepMinutes', '5', 5],
    ['sweepMinutes', '0.5', 0.5],
    ['holdTags', 'on', true],
    ['holdTags', 'off', false],
    ['retentionDays', '30', 30],
    ['retentionDays', 'off', null],
    ['settleSeconds', '0', 0],
    ['settleSeconds', '60', 60],
    ['linkPath', 'data.link', 'data.link'],
    ['linkPath', 'default', null],
    ['linkTemplate', 'default', null],
    ['linkTemplate', 'https://app.example.com/c/{id}', 'https://app.example.com/c/{id}'],
    ['statusMap', '1=invited,2=started', { 1: 'invited', 2: 'started' }],
    ['statusMap', ' -1 = expired , 4 = reviewed ', { '-1': 'expired', 4: 'reviewed' }],
    ['progressTags', 'on', true],
    ['progressTags', 'off', false],
    ['completionNote', 'off', 'off'],
    ['completionNote', 'reviewed', 'reviewed'],
  ])('%s %s', (name, text, value) => {
    expect(parseSetting(name, text, '--x')).toEqual(value);
  });
});

describe('not well-formed', () => {
  it.each<[name: SettingName, text: string]>([
    ['leverEnvironment', 'staging'],
    ['leverEnvironment', 'Production'],
    ['leverApiUrl', 'api.example.com'],
    ['leverApiUrl', 'ftp://api.example.com'],
    ['codesubmitUrl', ''],
    ['codesubmitUrl', 'javascript:alert(1)'],
    ['performAs', ''],
    ['publicUrl', 'bridge.example.com'],
    ['publicUrl', 'https://bridge.example.com/?a=1'],
    ['publicUrl', 'https://bridge.example.com/#a'],
    ['publicUrl', 'None'],
    ['webhookId', 'short'],
    ['webhookId', 'with/slash-in-it'],
    ['webhookId', 'a'.repeat(129)],
    ['host', ''],
    ['port', '65536'],
    ['port', '-1'],
    ['port', '80.5'],
    ['port', 'http'],
    ['brake', '100'],
    ['brake', '100/'],
    ['brake', '-1/10'],
    ['brake', '100/10/1'],
    ['brake', 'OFF'],
    ['sweepMinutes', '0'],
    ['sweepMinutes', '-5'],
    ['sweepMinutes', '10081'],
    ['sweepMinutes', 'often'],
    ['retentionDays', '0'],
    ['retentionDays', '1.5'],
    ['retentionDays', 'never'],
    ['settleSeconds', '-1'],
    ['settleSeconds', 'soon'],
    ['linkPath', ''],
    ['linkTemplate', ''],
    ['linkTemplate', '{url}'],
    ['linkTemplate', 'https://app.codesubmit.io/c/acme'],
    ['linkTemplate', 'https://app.codesubmit.io/reports/{id}'],
    ['linkTemplate', 'https://app.codesubmit.io/c/../reports/{id}'],
    ['linkTemplate', 'javascript:alert(1)//c/{id}'],
    ['statusMap', ''],
    ['statusMap', '1'],
    ['statusMap', '1=invited,2'],
    ['statusMap', 'one=invited'],
    ['statusMap', '1=hired'],
  ])('%s %j', (name, text) => {
    const wrong = expect.objectContaining({
      code: 'usage',
      message: expect.stringMatching(/^--x must be /) as string,
      hint: expect.stringContaining('codesubmit-lever') as string,
    }) as Error;
    expect(() => parseSetting(name, text, '--x')).toThrow(wrong);
  });
});

describe('the environment', () => {
  it('sets only what it names; an empty variable sets nothing', () => {
    expect(settingsFromEnvironment({})).toEqual({});
    expect(settingsFromEnvironment({ PORT: ' ', HOST: '', OTHER: 'x' })).toEqual({});
    expect(settingsFromEnvironment({ PORT: '9000', LEVER_ENVIRONMENT: ' sandbox ' })).toEqual({
      port: 9000,
      leverEnvironment: 'sandbox',
    });
  });

  it('is named when its value is malformed', () => {
    // No help of a command names every variable.
    const wrong = expect.objectContaining({
      code: 'configuration',
      message: 'PORT must be a port, such as 8737, not “http”.',
      hint: 'Correct PORT where it’s set, or unset it.',
    }) as Error;
    expect(() => settingsFromEnvironment({ PORT: 'http' })).toThrow(wrong);
  });

  it.each(['0x50', '8e3', '80.0', '+80'])('takes digits alone as a port, not %s', (PORT) => {
    expect(() => settingsFromEnvironment({ PORT })).toThrow(
      `PORT must be a port, such as 8737, not “${PORT}”`,
    );
  });
});

it('has defaults for everything', () => {
  expect(effectiveSettings({}, {})).toMatchObject({
    leverEnvironment: 'production',
    publicUrl: null,
    host: '127.0.0.1',
    port: 8737,
    brake: { count: 100, minutes: 10 },
    // Without a public address there is no webhook.
    sweepMinutes: 1,
    retentionDays: 180,
    settleSeconds: 60,
  });
  expect(Object.keys(effectiveSettings({}, {}))).toEqual(Object.keys(SETTINGS));
});
