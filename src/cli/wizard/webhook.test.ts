/** What the session says about the checks that replace a webhook. */
import { expect, it } from 'vitest';
import { createIo } from '../terminal/io.js';
import type { Session } from './session.js';
import { webhookRows } from './webhook.js';

it('names the interval that is set', async () => {
  let said = '';
  const stdout = { write: (text: string) => (said += text) };
  const session = {
    settings: { publicUrl: null, sweepMinutes: 10 },
    app: { rules: { listActive: () => [{ stageId: 'a' }, { stageId: 'b' }, { stageId: 'a' }] } },
    io: await createIo({ ...process, stdout } as unknown as NodeJS.Process),
  } as unknown as Session;
  await webhookRows(session)[0]?.ask();
  expect(said).toContain('Lever is checked every 10 minutes, by 18 calls an hour;');
});
