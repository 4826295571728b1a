/** `simulator --practise`: one line turns a terminal into one in which the whole setup works offline. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, expect, it } from 'vitest';
import { eventually } from '../rigs/eventually.js';
import { ProgramRig } from '../rigs/program.js';

const PORTS = ['--lever-port', '0', '--codesubmit-port', '0'];
let live: ProgramRig;
afterEach(() => live.close());

it('prints commands that work in a clone, prepares a data directory and local addresses, and removes all of it at the end', async () => {
  live = await ProgramRig.start();
  const simulator = live.start('simulator', '--practise', ...PORTS);
  const file = await eventually('the file is named', () => {
    const [, path] = /^ {2}\. (\/\S+\/env)$/m.exec(simulator.output.stdout) ?? [];
    return path;
  });
  const printed = await eventually('the command is named', () => {
    return /^ {2}(.* setup)$/m.exec(simulator.output.stdout)?.[1];
  });
  const rule = `--no-input --rule 'stage=Take-home;tag=codesubmit:backend;challenge=Backend API'`;
  const keys = `export LEVER_API_KEY=simulated-lever-api-key CODESUBMIT_API_KEY=simulated-codesubmit-api-key`;
  const inShell = async (line: string): Promise<string> => {
    const lines = `. ${file}; ${keys}; ${line}`;
    // As it may be for the user's own integration.
    const env = { ...process.env, HEARTBEAT_URL_FILE: '/of/another', LEVER_SCOPES: 'none' };
    return (await promisify(execFile)('/bin/sh', ['-c', lines], { cwd: '/', env })).stdout;
  };
  const stdout = await inShell(`${printed} ${rule}`);
  expect(stdout).toContain('✓ Lever: API key (sandbox)');
  expect(stdout).toMatch(/webhook URL: http:\/\/127\.0\.0\.1:8737\/webhooks\/lever\//);
  // The page of the simulated Lever on which the webhook is made.
  expect(stdout).toMatch(/http:\/\/127\.0\.0\.1:\d+\/settings\/integrations\?tab=webhooks/);
  expect(await inShell('printenv HEARTBEAT_URL_FILE LEVER_SCOPES || :')).toBe('');
  // What setup prints names the program by its name.
  expect(await inShell('codesubmit-lever status')).toContain('Not running yet');
  simulator.process.kill('SIGTERM');
  expect((await simulator.ended).code).toBe(0);
  expect(existsSync(dirname(file))).toBe(false);
});

it('ends where it can’t prepare a data directory', async () => {
  live = await ProgramRig.start();
  const simulator = live.startWith(
    { env: { TMPDIR: '/not/there' } },
    'simulator',
    '--practise',
    ...PORTS,
  );
  expect((await simulator.ended).code).toBe(1);
});
