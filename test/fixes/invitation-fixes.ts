/**
 * Problems with promises: refused, of unknown outcome, without a link, not written to Lever, not
 * reported.
 */
import { expect } from 'vitest';
import { rightsWithout } from '../../src/simulator/lever/lever-access.js';
import { AlarmChannel } from '../alarms/alarm-channel.js';
import { commandsIn, does, types, type Fix } from './fix.js';
import type { FixWorld } from './fix-world.js';

const SAM = 'f0a1b2c3-0000-4000-8000-000000000001';
const ADD_LINKS = { method: 'POST', route: '/v1/opportunities/:id/addLinks' };
const SEND = { method: 'POST', route: '/api/external/candidates' };
const LONG_NAME = `${'Long'.repeat(40)} Name`;
const HOUR = 3_600_000;

const lever = ({ simulator }: FixWorld) => simulator.lever;
const codesubmit = ({ simulator }: FixWorld) => simulator.codesubmit;
const clearFaults = (world: FixWorld): void => {
  lever(world).faults.clear();
  codesubmit(world).faults.clear();
};

/** Where the row about alarms posts them. */
let channel: AlarmChannel | undefined;

/** A candidate gets a challenge as far as possible. */
async function send(world: FixWorld, overrides: object = {}, state = 'invited'): Promise<string> {
  const id = world.person(overrides);
  await world.sweep();
  await world.untilState(id, state);
  return id;
}

const useKey = (world: FixWorld, rights = rightsWithout()) =>
  world.succeed('setup', '--no-input', '--lever-api-key-file', world.newLeverKey(rights));

export const INVITATION_FIXES: readonly Fix[] = [
  {
    wrong: 'CodeSubmit refuses a name',
    break: (world) => send(world, { name: LONG_NAME }, 'failed'),
    look: { doctor: 'failed' },
    says: /CodeSubmit rejected one challenge/,
    fix: [
      does(/Correct the name or address in Lever/, (world) => {
        const [last] = [...lever(world).opportunities.all.values()].slice(-1);
        lever(world).contacts.rename(last!.id, 'Short Name');
      }),
      types(),
    ],
  },
  {
    wrong: 'the alarm webhook doesn’t accept alarms',
    break: async (world) => {
      channel = await AlarmChannel.open();
      const address = world.file(channel.url);
      await world.succeed('setup', '--no-input', '--alarm-url-file', address);
      channel.status = 503;
      await send(world, { name: LONG_NAME }, 'failed');
    },
    look: { doctor: 'alarms' },
    says: /The alarm webhook doesn’t accept alarms \(it answered 503\)/,
    fix: [
      (advice, world) => {
        channel!.status = 200;
        return types({ FILE: world.file(`${channel!.url}-new`) })(advice, world);
      },
    ],
    alsoCovers: ['alarm_not_told'],
    after: async (world) => {
      await world.succeed('setup', '--no-input', '--alarm-url-file', world.file('none'));
      await channel?.close();
    },
  },
  {
    wrong: 'a link’s writing is forbidden',
    break: async (world) => {
      await useKey(world);
      const [grant] = [...lever(world).access.grants.values()].slice(-1);
      Object.assign(grant!.rights, rightsWithout('opportunities:write'));
      await send(world);
    },
    look: { doctor: 'links_taken' },
    says: /One link not written to Lever yet, because Lever refuses \(.* 403 /,
    fix: [
      does(/Create a new key with permission to write in Lever/, () => undefined),
      types({ FILE: (world) => world.newLeverKey() }),
    ],
    alsoCovers: ['link_refused'],
  },
  {
    wrong: 'a link can’t be put into a record that is not shown',
    break: async (world) => {
      await useKey(world, rightsWithout('confidential:access'));
      lever(world).faults.set({ kind: '5xx', ...ADD_LINKS, times: 1 });
      const id = await send(world);
      lever(world).actions.setConfidential(id, true);
    },
    look: { status: 'link_not_written' },
    alsoCovers: ['not_written'],
    says: /One link could not be written to Lever \(not visible in Lever\)/,
    fix: [
      does(/Once Lever shows them again/, (world) => {
        const [last] = [...lever(world).opportunities.all.values()].slice(-1);
        lever(world).actions.setConfidential(last!.id, false);
      }),
      types(),
    ],
    after: (world) => useKey(world),
  },
  {
    wrong: 'a link has been pending for long',
    break: async (world) => {
      lever(world).faults.set({ kind: '5xx', ...ADD_LINKS });
      await send(world);
      await world.later(2 * HOUR);
    },
    look: { doctor: 'writeback_too_long' },
    says: /Not in Lever yet for over one hour: one link \(.*500/,
    fix: [does(/Find out why: codesubmit-lever doctor/, clearFaults), types({}, 1)],
  },
  {
    wrong: 'a challenge has been queued for long',
    break: async (world) => {
      codesubmit(world).faults.set({ kind: '429', ...SEND, times: 5 });
      await send(world, {}, 'queued');
      await world.later(2 * HOUR);
    },
    look: { status: 'queued_too_long' },
    says: /Waiting to be sent for over 15 minutes: one challenge \(.*429/,
    fix: [does(/Find out why: codesubmit-lever doctor/, clearFaults)],
  },
  {
    wrong: 'Lever needs an acting user',
    break: async (world) => {
      lever(world).switches.performAs = 'required';
      await send(world);
    },
    look: { status: 'perform_as_missing' },
    says: /Lever needs an acting user/,
    fix: [types({ USER_ID: SAM })],
    after: (world) => {
      lever(world).switches.performAs = 'optional';
    },
  },
  {
    wrong: 'no link is found, nor by the path that was set',
    break: async (world) => {
      codesubmit(world).switches.linkIn = 'nowhere';
      await world.succeed('setup', '--no-input', '--link-path', 'no.where');
      await send(world);
      await world.later(HOUR);
    },
    look: { doctor: 'links_found' },
    says: /one challenge went out, but CodeSubmit’s replies contain no link/,
    fix: [types({ T: (world) => `${codesubmit(world).origin}/c/example/{test.id}/{id}` })],
    alsoCovers: ['link_not_found'],
    after: async (world) => {
      codesubmit(world).switches.linkIn = 'reply-and-list';
      await world.succeed('setup', '--no-input', '--link-path', 'default');
    },
  },
  {
    wrong: 'the candidates of a stage can’t be listed',
    break: (world) => {
      lever(world).faults.set({ kind: '5xx', method: 'GET', route: '/v1/opportunities' });
      return world.checkStages();
    },
    look: { status: 'sweep_failed' },
    says: /Candidates in “Take-home” can’t be listed: .*500/,
    fix: [does(/Retried automatically/, clearFaults)],
    alsoCovers: ['sweep'],
  },
  ...(['--sent', '--not-sent'] as const).map((word, which): Fix => ({
    wrong: `the outcome is unknown, and an admin says ${word}`,
    break: async (world) => {
      codesubmit(world).switches.emailRewrite = 'without-plus';
      codesubmit(world).faults.set({ kind: 'drop-after', ...SEND, times: 1 });
      await send(world, { emails: [`plus${String(which)}+jobs@example.com`] }, 'uncertain');
    },
    look: which === 0 ? { doctor: 'uncertain' } : { status: 'uncertain' },
    says: /It’s not known whether one challenge went out/,
    fix: [
      // CodeSubmit shows no number of ours: what is printed must lead to a candidate and a challenge.
      async (advice, world) => {
        const [listing = [], [, id] = []] = commandsIn(advice);
        const { stdout } = await world.succeed(...listing);
        expect(stdout).toMatch(
          new RegExp(`^${String(id)} +\\S+ \\S+ +Backend API +.*not known`, 'm'),
        );
      },
      types({ URL: ({ simulator }) => `${simulator.codesubmit.origin}/c/x/y` }, which + 1),
    ],
  })),
];
