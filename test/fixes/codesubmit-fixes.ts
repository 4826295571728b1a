/** Problems at CodeSubmit: its key, its bill, its challenges, its answers. */
import { does, RUNNING, STUCK, types, type Fix } from './fix.js';
import { inviteByHand } from '../rigs/invite-by-hand.js';
import type { FixWorld } from './fix-world.js';

const codesubmit = ({ simulator }: FixWorld) => simulator.codesubmit;
const newKey = { FILE: (world: FixWorld) => world.newCodeSubmitKey() };

function setRevoked(isRevoked: boolean) {
  return (world: FixWorld): void => {
    for (const { key } of codesubmit(world).keys) codesubmit(world).changeKey(key, { isRevoked });
  };
}

const setArchived = (isArchived: boolean) => (world: FixWorld) => {
  const test = codesubmit(world).tests.find(({ name }) => name === 'Backend API');
  codesubmit(world).setTestArchived(test!.id, isArchived);
};

/** One who was queued before may have been refused meanwhile. */
const restoresIt = does(/Restore it in CodeSubmit and wait for the next check/, async (world) => {
  setArchived(false)(world);
  await world.sweep();
});

export const CODESUBMIT_FIXES: readonly Fix[] = [
  {
    wrong: 'the CodeSubmit key is revoked, so everything waits',
    break: async (world) => {
      setRevoked(true)(world);
      world.person();
      await world.sweep();
    },
    look: { status: 'needs_reauth' },
    says: /^✗ CodeSubmit rejects the key, so everything waits \(.*401/,
    alone: { check: 'codesubmit', first: STUCK },
    fix: [
      does(/Create a new key on CodeSubmit’s integrations page/, () => undefined),
      types(newKey),
    ],
  },
  {
    wrong: 'the CodeSubmit key is a Reviewer’s',
    break: async (world) => {
      for (const { key } of codesubmit(world).keys) {
        codesubmit(world).changeKey(key, { role: 'reviewer' });
      }
      world.person();
      // A check that was under way may have missed them.
      await world.sweep();
      await world.untilRejected();
    },
    look: { doctor: 'codesubmit' },
    says: /CodeSubmit accepts the key, but doesn’t let it send challenges, .*403/,
    alone: { check: 'codesubmit', first: STUCK },
    fix: [
      does(/owner may be a Reviewer\. Create a key as Admin or Hiring Manager/, () => undefined),
      types(newKey),
    ],
  },
  {
    wrong: 'CodeSubmit is not paid',
    break: (world) => {
      codesubmit(world).subscription = 'unpaid';
    },
    look: { doctor: 'codesubmit' },
    says: /CodeSubmit requires payment, .*402/,
    fix: [
      does(/[Ss]ubscription/, (world) => {
        codesubmit(world).subscription = 'active';
      }),
      types(),
    ],
  },
  {
    wrong: 'the challenge is archived',
    break: setArchived(true),
    look: { doctor: 'challenges' },
    says: /The challenge “Backend API” of rule \d+ is archived at CodeSubmit/,
    alone: { check: 'challenges', first: RUNNING },
    fix: [restoresIt],
  },
  {
    wrong: 'the challenge is unknown when it is sent',
    break: async (world) => {
      setArchived(true)(world);
      world.person();
      await world.sweep();
    },
    look: { status: 'unknown_challenge' },
    says: /The challenge “Backend API” of rule \d+ isn’t known to CodeSubmit/,
    fix: [restoresIt],
  },
  {
    wrong: 'CodeSubmit’s list shows addresses elsewhere',
    break: async (world) => {
      codesubmit(world).switches.rowEmail = 'nested';
      inviteByHand(codesubmit(world), 'bo@example.com');
      // Another place for a field: the copy of the list is no longer used.
      await world.run('setup', '--no-input', '--list-date-path', 'created_at');
      world.person();
      await world.sweep();
    },
    look: { status: 'list_unreadable' },
    says: /Too few of the newest rows in CodeSubmit’s list show a whole address/,
    fix: [types({ EMAIL_PATH: 'candidate.email' })],
    after: async (world) => {
      codesubmit(world).switches.rowEmail = 'whole';
      await world.run('setup', '--no-input', '--list-email-path', 'default');
    },
  },
  {
    wrong: 'CodeSubmit’s list shows no addresses where they are expected',
    break: (world) => {
      codesubmit(world).switches.rowEmail = 'nested';
    },
    look: { doctor: 'list_rows' },
    says: /CodeSubmit’s list doesn’t show a whole address in its rows/,
    fix: [types()],
    after: async (world) => {
      codesubmit(world).switches.rowEmail = 'whole';
      await world.run('setup', '--no-input', '--list-email-path', 'default');
    },
  },
  {
    wrong: 'CodeSubmit’s list announces more rows than it shows',
    break: async (world) => {
      codesubmit(world).switches.listCount = 'too-many';
      inviteByHand(codesubmit(world), 'al@example.com');
      await world.untilListFails();
    },
    look: { doctor: 'list_rows' },
    says: /could not be read whole at the last try \(CodeSubmit[’']s pages show \d+ of \d+ rows\)/,
    fix: [
      does(/Wait: the daemon tries again/, async (world) => {
        codesubmit(world).switches.listCount = 'right';
        await world.sweep();
      }),
    ],
  },
];
