import { expect, it } from 'vitest';
import { ThrottledLog, type Fields } from './http-server.js';

it('logs the first at once, then each kind once a second with the number since', () => {
  const said: Fields[] = [];
  let now = 0;
  const log = new ThrottledLog(
    (fields) => said.push(fields),
    () => now,
  );
  for (const at of [0, 1, 500, 999, 1_000, 1_001]) {
    now = at;
    log.log('forged', { kind: 'forged' });
  }
  log.log('malformed', { kind: 'malformed' });
  now = 60_000;
  log.log('forged', { kind: 'forged' });
  expect(said).toEqual([
    { kind: 'forged', times: 1 },
    { kind: 'forged', times: 4 },
    { kind: 'malformed', times: 1 },
    { kind: 'forged', times: 2 },
  ]);
});
