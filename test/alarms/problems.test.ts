// Which problems are alarms, on a real database with a clock that the test moves.
import { randomBytes } from 'node:crypto';
import { dropLooksAndHolds, hint } from '../../src/store/candidates.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Round } from '../../src/serve/loops/work-loop.js';
import { revoke } from '../../src/admin/actions/admin-actions.js';
import { recordRejectedSignature } from '../../src/serve/http/http-server.js';
import { listProblems } from '../../src/admin/facts/facts.js';
import { alarmRound, checkRound } from '../../src/serve/loops/trouble-rounds.js';
import { recordAbility } from '../../src/admin/facts/work-facts.js';
import { storeAndApply } from '../../src/admin/setup/answers.js';
import {
  forgetReported,
  listFound,
  listReported,
  markReported,
  storeFound,
  type WrongFact,
} from '../../src/store/facts.js';
import { makeAllDue } from '../../src/bridge/recover.js';
import { OWN_TEST_EVENT } from '../../src/store/deliveries.js';
import { HOLD_TOPIC, setTag } from '../../src/store/writebacks.js';
import { saveGrant } from '../../src/lever/rights.js';
import type { OpportunityId, RuleId } from '../../src/domain/ids.js';
import { AlarmChannel } from './alarm-channel.js';
import { CHALLENGES, History, RULE } from '../rigs/history.js';
import { StoreRig } from '../rigs/store.js';
import { ADA, DAY, GRACE, MINUTE, OTHER_STAGE } from '../support/fictional-records.js';

let bridge: StoreRig;
let rule: RuleId;

beforeEach(async () => {
  bridge = new StoreRig();
  rule = bridge.addRule();
  await bridge.set({ publicUrl: 'https://hooks.example.com' });
});
afterEach(() => bridge.close());

const codes = (): string[] => listProblems(bridge.app).map(({ code }) => code);

/** The alarms that the daemon would raise now. */
async function alarms(): Promise<string[]> {
  await recordAbility(bridge.app);
  return listProblems(bridge.app)
    .filter(({ isAlarm }) => isAlarm)
    .map(({ code }) => code);
}

describe('a silent webhook', () => {
  beforeEach(async () => {
    await bridge.set({}, { signing_token: '5eed'.repeat(12) });
    bridge.clock.advance(DAY);
  });

  const found = (id: OpportunityId, minutesAgo: number, overrides = {}) => {
    const at = bridge.clock.now() - minutesAgo * MINUTE;
    return bridge.look({ id, visitAt: at, movedAt: at, ...overrides });
  };

  /** Lever delivers what happened then by its clock. */
  const deliver = (triggeredAt: number, event = 'candidateStageChange') =>
    bridge.app.deliveries.accept(
      {
        identity: randomBytes(32),
        event,
        opportunityId: null,
        toStageId: null,
        triggeredAt,
        isEmpty: false,
      },
      bridge.clock.now(),
    );

  it('is an alarm once sweeps have found two moves, the first of them half an hour old', async () => {
    await found(ADA, 29);
    await found(GRACE, 1);
    expect(codes()).not.toContain('webhook_silent');
    bridge.clock.advance(MINUTE);
    expect(await alarms()).toContain('webhook_silent');
    await deliver(bridge.clock.now(), OWN_TEST_EVENT);
    expect(await alarms()).toContain('webhook_silent');
    await deliver(bridge.clock.now());
    expect(await alarms()).not.toContain('webhook_silent');
  });

  it('is none for moves while the daemon was off', async () => {
    await found(ADA, 60);
    await found(GRACE, 50);
    expect(codes()).toContain('webhook_silent');
    await bridge.app.database.write((tx) =>
      bridge.app.integration.recordStarted(tx, bridge.clock.now(), ''),
    );
    expect(codes()).not.toContain('webhook_silent');
    bridge.clock.advance(60 * MINUTE);
    await found(ADA, 40);
    await found(GRACE, 40);
    expect(codes()).toContain('webhook_silent');
  });

  it('is none for moves that were delivered, where Lever’s clock is ahead of ours', async () => {
    for (const id of [ADA, GRACE]) {
      await found(id, -10);
      await deliver(bridge.clock.now() + 10 * MINUTE);
      bridge.clock.advance(MINUTE);
    }
    bridge.clock.advance(60 * MINUTE);
    expect(codes()).not.toContain('webhook_silent');
  });

  it('is none for one move, for moves elsewhere, and for candidates who applied directly into the stage', async () => {
    await found(ADA, 60);
    await found(GRACE, 60, { stageId: OTHER_STAGE });
    await found('another' as OpportunityId, 60, { movedAt: null });
    expect(codes()).not.toContain('webhook_silent');
  });

  it('is none if there should be no webhook', async () => {
    await found(ADA, 60);
    await found(GRACE, 60);
    expect(codes()).toContain('webhook_silent');
    await bridge.set({ webhookWay: 'none' });
    expect(codes()).not.toContain('webhook_silent');
  });
});

describe('a signature that matches none of our tokens', () => {
  const accept = (): Promise<void> =>
    bridge.app.database.write((tx) => {
      bridge.app.integration.recordDelivery(tx, bridge.clock.now(), false);
      bridge.app.integration.record(tx, 'webhook_changed');
    });

  it('is an alarm at the first one, until a valid one comes', async () => {
    await recordRejectedSignature(bridge.app);
    expect(await alarms()).toEqual(['signatures_refused']);
    await accept();
    expect(await alarms()).toEqual([]);
    bridge.clock.advance(15 * MINUTE);
    await recordRejectedSignature(bridge.app);
    expect(await alarms()).toEqual(['signatures_refused']);
  });

  it('is only a warning while genuine deliveries come', async () => {
    await accept();
    bridge.clock.advance(14 * MINUTE);
    await recordRejectedSignature(bridge.app);
    expect(codes()).toContain('signatures_refused');
    expect(await alarms()).toEqual([]);
    bridge.clock.advance(MINUTE);
    expect(await alarms()).toEqual(['signatures_refused']);
  });
});

it('a signature is no problem where there should be no webhook', async () => {
  await recordRejectedSignature(bridge.app);
  await bridge.set({ webhookWay: 'none' });
  expect(codes()).not.toContain('signatures_refused');
});

it('stages that are checked every two hours are not late after one', async () => {
  const { integration, database } = bridge.app;
  const runs = (): Promise<void> =>
    database.write((tx) => integration.record(tx, 'running', bridge.clock.now()));
  await bridge.set({ sweepMinutes: 120 });
  await database.write((tx) => integration.recordStarted(tx, bridge.clock.now(), ''));
  await alarms();
  bridge.clock.advance(3 * 60 * MINUTE);
  await runs();
  expect(await alarms()).not.toContain('sweep_failed');
  bridge.clock.advance(2 * 60 * MINUTE);
  await runs();
  expect(await alarms()).toContain('sweep_failed');
});

describe('once a clock that was a day ahead is set right', () => {
  /** Sets it, which the daemon notices. */
  const setBack = (): Promise<void> => {
    bridge.clock.jump(-DAY);
    return bridge.app.database.write((tx) => makeAllDue({ ...bridge.app, tx }));
  };

  beforeEach(() =>
    bridge.app.database.write((tx) => {
      const { integration } = bridge.app;
      const now = bridge.clock.now();
      integration.recordStarted(tx, now, '');
      integration.recordDelivery(tx, now, false);
      integration.record(tx, 'swept', now);
    }),
  );

  it('no check of the stages counts as late, and one that fails is an alarm', async () => {
    await setBack();
    const { integration, database } = bridge.app;
    await database.write((tx) => integration.record(tx, 'swept', bridge.clock.now()));
    expect(await alarms()).not.toContain('sweep_failed');
    bridge.clock.advance(61 * MINUTE);
    await database.write((tx) => integration.record(tx, 'running', bridge.clock.now()));
    expect(await alarms()).toContain('sweep_failed');
  });

  it('a rejected signature is an alarm after the usual time', async () => {
    await setBack();
    bridge.clock.advance(15 * MINUTE);
    await recordRejectedSignature(bridge.app);
    expect(await alarms()).toContain('signatures_refused');
  });
});

describe('a Lever login', () => {
  const MADE = { accessToken: 'a', refreshToken: 'r', scopes: [], clientId: 'c' };

  it.each([
    [334, []],
    [336, ['login_ending']],
  ])('after %i of its 365 days: %j', async (days, expected) => {
    const { app, clock } = bridge;
    const now = clock.now();
    await bridge.set({ leverAuth: 'oauth' });
    await app.database.write((tx) => {
      const grant = { ...MADE, loggedInAt: now - days * DAY, refreshedAt: now, expiresAt: now };
      saveGrant(tx, app.secrets, grant);
      app.integration.bumpVersion(tx);
    });
    expect(await alarms()).toEqual(expected);
  });
});

describe('what is posted to a channel', () => {
  const HELD = /^[^:]*: The brake holds/;
  const RELEASED = /^[^:]*: resolved: The brake holds/;
  let channel: AlarmChannel;
  let round: Round;
  beforeEach(async () => {
    channel = await AlarmChannel.open();
    restart();
  });
  afterEach(() => channel.close());

  /** A new process: nothing is left in memory. */
  const restart = (): void => {
    const { signal } = new AbortController();
    round = alarmRound(bridge.app, { signal });
  };
  const hold = (isOn: boolean, ruleId = rule): Promise<void> => {
    const { app, clock } = bridge;
    return app.database.write((tx) => {
      if (isOn) app.rules.engageBrake(tx, ruleId, clock.now());
      else app.rules.releaseBrake(tx, ruleId, clock.now());
    });
  };
  const brake = async (isOn: boolean, ruleId = rule): Promise<void> => {
    await hold(isOn, ruleId);
    await round.run();
  };
  const listen = (alarms: string | null = channel.url): Promise<void> =>
    storeAndApply(bridge.app, { alarms });
  const runAfter = (ms: number): Promise<void> => {
    bridge.clock.advance(ms);
    return round.run();
  };
  /** What was posted since the last call, in order. */
  const posted = (): string[] => channel.texts.splice(0);
  const matching = (...texts: RegExp[]) => texts.map((text) => expect.stringMatching(text));

  it('is that it is wrong, and once it is over, that it is over, whatever is restarted', async () => {
    await listen();
    await brake(true);
    expect(posted()).toEqual(matching(HELD));
    restart();
    await round.run();
    expect(posted()).toEqual([]);
    restart();
    await brake(false);
    expect(posted()).toEqual(matching(RELEASED));
    restart();
    await runAfter(MINUTE);
    expect([posted(), bridge.app.database.all('SELECT * FROM facts')]).toEqual([[], []]);
  });

  it('is nothing about what came and went, or ended and came back, while the channel was down', async () => {
    await listen();
    channel.status = 500;
    await brake(true);
    await brake(false);
    channel.status = 200;
    await runAfter(MINUTE);
    expect(posted()).toEqual([]);
    await brake(true);
    expect(posted()).toEqual(matching(HELD));
    channel.status = 500;
    await brake(false);
    await brake(true);
    channel.status = 200;
    await runAfter(MINUTE);
    expect(posted()).toEqual([]);
  });

  it('is what is over before what began in the same moment', async () => {
    await listen();
    await brake(true);
    posted();
    await hold(false);
    await brake(true, bridge.addRule({ tag: 'codesubmit:frontend' }));
    await round.run();
    expect(posted()).toEqual(matching(RELEASED, HELD));
  });

  it('is what is open when a channel is set, also in place of one that was removed', async () => {
    await brake(true);
    await listen();
    await round.run();
    expect(posted()).toEqual(matching(HELD));
    await listen(null);
    await brake(false);
    await brake(true);
    await listen();
    await round.run();
    expect(posted()).toEqual(matching(HELD));
  });

  it('waits longer after each refusal, but not after a start, nor for another address or news', async () => {
    await listen();
    channel.status = 500;
    await brake(true);
    for (const seconds of [1, 2, 4]) {
      // The wait is a quarter shorter, as `random` is 0.
      const before = channel.bodies.length;
      await runAfter(seconds * 750 - 1);
      expect(channel.bodies).toHaveLength(before);
      await runAfter(1);
      expect(channel.bodies).toHaveLength(before + 1);
    }
    const tries = async (what: () => unknown): Promise<number> => {
      const before = channel.bodies.length;
      await what();
      await round.run();
      return channel.bodies.length - before;
    };
    expect(await tries(() => undefined)).toBe(0);
    expect(await tries(restart)).toBe(1);
    expect(await tries(() => listen(`${channel.url}-new`))).toBe(1);
    const other = bridge.addRule({ tag: 'codesubmit:frontend' });
    expect(await tries(() => brake(true, other))).toBe(1);
  });

  it('is missed by the admin only after three refusals, until it is posted or over', async () => {
    const unreported = () =>
      listProblems(bridge.app)
        .filter(({ code }) => code === 'alarm_not_told')
        .map(({ level, what }) => [level, what]);
    const WORDS = [['warn', 'The alarm webhook doesn’t accept alarms (it answered 503)']];
    const failThrice = async (): Promise<void> => {
      channel.status = 503;
      await brake(true);
      await runAfter(MINUTE);
      expect(unreported()).toEqual([]);
      await runAfter(MINUTE);
      expect(unreported()).toEqual(WORDS);
    };
    await listen();
    await failThrice();
    restart();
    await round.run();
    expect(unreported()).toEqual(WORDS);
    channel.status = 200;
    await runAfter(MINUTE);
    await round.run();
    expect([unreported(), posted()]).toEqual([[], matching(HELD)]);
    await brake(false);
    await failThrice();
    await brake(false);
    expect(unreported()).toEqual([]);
    await failThrice();
    await listen(null);
    expect(unreported()).toEqual([]);
  });

  it('is all but a message that it refuses for good', async () => {
    await listen();
    const other = bridge.addRule({ tag: 'codesubmit:frontend' });
    channel.refused = 'codesubmit:backend';
    await brake(true);
    await brake(true, other);
    for (let times = 0; times < 3; times += 1) await runAfter(MINUTE);
    expect(posted()).toEqual([expect.stringContaining('codesubmit:frontend')]);
    await brake(false, other);
    expect(posted()).toEqual([expect.stringMatching(/resolved: .*codesubmit:frontend/)]);
  });

  it('is nothing after a revoke, even one during a post', async () => {
    await listen();
    channel.onPost = () => revoke(bridge.app);
    await brake(true);
    expect(posted()).toEqual(matching(HELD));
    await runAfter(MINUTE);
    expect([posted(), listReported(bridge.app.database)]).toEqual([[], []]);
  });
});

it('who waits to be checked is an alarm after 15 minutes, until it is done', async () => {
  const { app, clock } = bridge;
  await alarms();
  app.database.lend((tx) => hint(tx, ADA, clock.now()));
  for (let minute = 0; minute < 14; minute += 1) {
    clock.advance(MINUTE);
    expect(await alarms()).toEqual([]);
  }
  clock.advance(MINUTE);
  expect(await alarms()).toEqual(['look_too_long']);
  app.database.lend((tx) => dropLooksAndHolds(tx));
  expect(await alarms()).toEqual([]);
});

it('an archived challenge of two rules is an alarm for each, and keeps no other alarm back', async () => {
  const rules = [RULE, RULE.replace('Take-home', 'On-site')];
  const history = await History.begin({ rules });
  history.codesubmit.setTestArchived(CHALLENGES.Backend, true);
  await history.arrives();
  const raised = history.log.filter((line) => line.startsWith('alarm raised'));
  expect(raised).toEqual([
    expect.stringContaining('unknown_challenge'),
    expect.stringContaining('unknown_challenge'),
  ]);
});

it('a permission that was taken away shows within a day, and that it is back within an hour', async () => {
  const history = await History.begin({ settings: { progressTags: true } });
  const [grant] = history.lever.access.grants.values();
  const shows = async (hours: number): Promise<boolean> => {
    await history.bridge.rest();
    history.bridge.clock.advance(hours * 60 * MINUTE);
    await history.bridge.wake();
    await history.passes(2);
    return history.problems().includes('rights_missing');
  };
  grant!.rights['tags:write'] = false;
  expect(await shows(23)).toBe(false);
  expect(await shows(1)).toBe(true);
  grant!.rights['tags:write'] = true;
  expect(await shows(1)).toBe(false);
});

describe('a stage of two rules', () => {
  const RULES = [RULE, RULE.replace('codesubmit:backend', 'codesubmit:frontend')];
  const stage = (history: History) => {
    const { account } = history.lever;
    return { account, id: account.getStage('Take-home').id };
  };

  it('that was deactivated is one problem after the next check of the stages, with both rules', async () => {
    const history = await History.begin({ rules: RULES });
    const { account, id } = stage(history);
    account.changeStage(id, { isActive: false });
    await history.passes(7);
    const raised = history.log.filter((line) => line.includes('stage_gone'));
    expect(raised).toEqual([
      expect.stringContaining('Lever has no active stage “Take-home”, which rules 1, 2 use'),
    ]);
    account.changeStage(id, { isActive: true });
    await history.passes(7);
    expect(history.problems()).not.toContain('stage_gone');
  });

  it('that bears the name of another listed one is a warning with both ids', async () => {
    const history = await History.begin({ rules: RULES });
    const { account, id } = stage(history);
    const twin = account.addStage({ text: 'Take-home' });
    await history.passes(7);
    const { level, what } = history.problem('same_stage_name') ?? {};
    expect(level).toBe('warn');
    expect(what).toContain(`The rules use ${id}, so moves to ${twin.id} send nothing`);
    account.changeStage(twin.id, { text: 'Take-home (new)' });
    await history.passes(7);
    expect(history.problems()).toEqual([]);
  });

  it('that was renamed has its new name after the next check of the stages', async () => {
    const history = await History.begin({ rules: RULES });
    const { account, id } = stage(history);
    account.changeStage(id, { text: 'Home task' });
    await history.passes(7);
    const names = await history.bridge.command((app) =>
      Promise.resolve(app.rules.listActive().map(({ stageName }) => stageName)),
    );
    expect(names).toEqual(['Home task', 'Home task']);
    expect(history.problems()).not.toContain('stage_gone');
  });
});

it('of two problems of one kind, and of two about one subject, each ends alone', async () => {
  const { database } = bridge.app;
  const words = { vendor: null, level: 'fail', what: '', fix: '' } as const;
  const first: WrongFact = { code: 'stage_gone', subject: '1', ...words };
  const last: WrongFact = { ...first, subject: '2' };
  const other: WrongFact = { ...last, code: 'unknown_challenge' };
  await database.write((tx) => {
    storeFound(tx, 'check', [first, last, other], 1);
    for (const fact of [first, last, other]) markReported(tx, fact, 1);
    storeFound(tx, 'check', [last], 2);
  });
  expect(listFound(database)).toMatchObject([last]);
  expect(listReported(database)).toEqual([first, last, other]);
  await database.write((tx) => {
    forgetReported(tx, [first, other]);
    // Found again: it began now.
    storeFound(tx, 'check', [first, last], 3);
  });
  expect(listFound(database)).toMatchObject([
    { ...last, since: 1 },
    { ...first, since: 3 },
  ]);
  expect(listReported(database)).toEqual([last]);
});

it('a tag of no invitation is not to be retried by an id', async () => {
  const { app, clock } = bridge;
  await alarms();
  const about = { invitationId: null, opportunityId: ADA, topic: HOLD_TOPIC };
  app.database.lend((tx) => setTag(tx, about, 'codesubmit: no e-mail', clock.now()));
  clock.advance(61 * MINUTE);
  const fixes = () => listProblems(app).map(({ code, fix }) => `${code}: ${fix}`);
  expect(fixes().join()).toMatch(/^writeback_too_long: .* it’s retried automatically$/);
  app.database.lend((tx) => tx.run(`UPDATE writebacks SET state = 'parked'`));
  expect(fixes().join()).toMatch(/^tag_not_written: .* in a rule’s stage$/);
});

it('a daily check that the end of the daemon cuts off is made after the next start', async () => {
  const stop = new AbortController();
  const round = checkRound(bridge.app, { draining: stop.signal });
  bridge.clock.advance(DAY);
  const checked = round.run();
  stop.abort();
  await checked;
  expect(round.isDue()).toBe(true);
});

/** Lever rejects us now, and accepts us again a day later. */
async function rejectedForADay(): Promise<void> {
  const { integration, database } = bridge.app;
  const rejection = { kind: 'key', why: '401' } as const;
  await database.write((tx) =>
    integration.recordRejection(tx, 'lever', bridge.clock.now(), rejection),
  );
  await alarms();
  bridge.clock.advance(DAY);
  await database.write((tx) => {
    integration.recordAnswered(tx, 'lever');
    integration.record(tx, 'running', bridge.clock.now());
  });
}

it('a check of the stages that couldn’t run while Lever rejected us isn’t late', async () => {
  const { integration, database } = bridge.app;
  await alarms();
  await database.write((tx) => integration.recordStarted(tx, bridge.clock.now(), ''));
  await rejectedForADay();
  expect(await alarms()).toEqual([]);
  bridge.clock.advance(61 * MINUTE);
  await database.write((tx) => integration.record(tx, 'running', bridge.clock.now()));
  expect(await alarms()).toEqual(['sweep_failed']);
});

it('nor is one that couldn’t run because Lever rejected us during a pause', async () => {
  const { integration, database } = bridge.app;
  await database.write((tx) => integration.recordStarted(tx, bridge.clock.now(), ''));
  await database.write((tx) => integration.pause(tx, bridge.clock.now()));
  await rejectedForADay();
  expect(await alarms()).toEqual([]);
});

it('after a revoke and a new setup, nothing counts as late at once', async () => {
  const { app, clock } = bridge;
  await app.database.write((tx) => app.integration.recordStarted(tx, clock.now(), ''));
  await alarms();
  await revoke(app);
  await alarms();
  clock.advance(DAY);
  await app.database.write((tx) => {
    app.integration.markSetUp(tx, clock.now());
    app.integration.record(tx, 'running', clock.now());
  });
  expect(await alarms()).toEqual([]);
});
