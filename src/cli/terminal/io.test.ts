/** On a narrow terminal data wraps at spaces, and what users copy stays in one piece. */
import { expect, it } from 'vitest';
import { createIo } from './io.js';

async function printed(line: string): Promise<string> {
  let text = '';
  const stdout = { isTTY: true, columns: 40, write: (more: string) => (text += more) };
  const streams = { stdout, stderr: stdout, stdin: {}, env: {}, isPlain: true };
  const io = await createIo(streams as unknown as Parameters<typeof createIo>[0]);
  io.out(line);
  return text;
}

it('wraps a sentence', async () => {
  const line = 'Each candidate moved to a stage in Lever gets the right challenge, once.';
  expect(await printed(line)).toBe(
    'Each candidate moved to a stage in Lever\ngets the right challenge, once.\n',
  );
});

it('keeps an indented line whole', async () => {
  const line = '  location /lever-bridge/webhooks/ { proxy_pass http://127.0.0.1:8737; }';
  expect(await printed(line)).toBe(`${line}\n`);
});
