/** One attempt to send a challenge: what each answer proves, and what becomes of it after an error that nobody foresaw. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readTimeline } from '../../src/admin/timeline.js';
import { hasDueToSend, Sender, settleAccepted, settleLater } from '../../src/bridge/send.js';
import type { ChallengeVendor } from '../../src/codesubmit/codesubmit-client.js';
import type { Offer, SentReply } from '../../src/domain/challenges.js';
import { ApiError, AppError } from '../../src/domain/errors.js';
import type { ChallengeId } from '../../src/domain/ids.js';
import { Circuit } from '../../src/net/circuit.js';
import { listDueLooks } from '../../src/store/candidates.js';
import { StoreRig } from '../rigs/store.js';
import { ADA, BACKEND, FRONTEND, GENERAL } from '../support/fictional-records.js';

let bridge: StoreRig;

beforeEach(async () => {
  bridge = new StoreRig();
  bridge.addRule();
  const { app } = bridge;
  await app.database.write((tx) => app.list.storeOffer(tx, offerOf(BACKEND, FRONTEND)));
  await bridge.look();
});
afterEach(() => bridge.close());

function offerOf(...ids: ChallengeId[]): Offer {
  const challenges = ids.map((id) => ({ id, name: id, isArchived: false }));
  return { challenges, isWhole: true };
}

const failed = (status: number, kind: ApiError['kind'] = 'refused') =>
  new ApiError({ vendor: 'codesubmit', kind, route: 'POST /candidates', status, reason: 'no' });

/** What the timeline says. */
const UNKNOWN = 'CodeSubmit doesn’t know the challenge';
const FAILED = 'CodeSubmit rejected it';
const WAITING = 'Could not be sent, and had no effect; retrying';
const NOT_LISTED = 'its challenges could not be listed';
const LIST_WITH_GAPS = { ...offerOf(FRONTEND), isWhole: false };

/** One attempt, as the daemon makes it. `client`: throws where nothing can leave. */
async function attempt(sender: Sender): Promise<void> {
  const [claimed] = await bridge.beginSending();
  try {
    await sender.send(claimed!);
  } catch (error) {
    await sender.release(claimed!, error);
  }
}

const senderTo = (client: () => Partial<ChallengeVendor>) =>
  new Sender({
    ...bridge.app,
    codesubmit: new Circuit('codesubmit', () => client() as ChallengeVendor, bridge.app),
  });

/** CodeSubmit accepts it with a reply that says this. */
const accepting = (says: Partial<SentReply>) =>
  senderTo(() => ({
    send: (order) => Promise.resolve({ ...bridge.accepted({ order }), ...says }),
  }));

const failing = (error: Error, offer: Offer | ApiError = offerOf(BACKEND)) =>
  senderTo(() => ({
    send: () => Promise.reject(error),
    readOffer: () => (offer instanceof ApiError ? Promise.reject(offer) : Promise.resolve(offer)),
  }));

const timeline = () => readTimeline(bridge.app, ADA).entries.map(({ text }) => text);

it.each<[what: string, says: Partial<SentReply>]>([
  ['without an address', { email: null }],
  ['with a masked address', { email: 'axxx@example.com' }],
  ['without a challenge', { challenge: { ids: [], names: [] } }],
  ['with an id that no listed challenge has', { challenge: { ids: [GENERAL], names: [] } }],
  ['without a date', { created: null }],
])('an accepting reply %s is believed', async (_what, says) => {
  await attempt(accepting(says));
  expect(bridge.counts()).toEqual({ invited: 1 });
  expect(timeline()).toContain('CodeSubmit accepted it and invited the candidate');
});

it.each<[what: string, says: Partial<SentReply>, why: string]>([
  ['no id', { id: null }, 'the reply contains no id'],
  ['another address', { email: 'bo@example.com' }, 'the reply names another address'],
  [
    'another challenge',
    { challenge: { ids: [FRONTEND], names: [] } },
    'the reply names another challenge',
  ],
])('an accepting reply with %s isn’t, and the timeline says why', async (_what, says, why) => {
  await attempt(accepting(says));
  expect(bridge.counts()).toEqual({ uncertain: 1 });
  expect(timeline().at(-1)).toContain(`(${why})`);
});

it.each<[what: string, status: number, offer: Offer | ApiError, then: string, why: string]>([
  ['that CodeSubmit’s whole list lacks', 400, offerOf(FRONTEND), UNKNOWN, '400 no'],
  ['that a list with gaps lacks', 400, LIST_WITH_GAPS, FAILED, `400 no; ${NOT_LISTED}`],
  ['while its list can’t be read', 400, failed(502, 'unavailable'), FAILED, NOT_LISTED],
  ['that CodeSubmit lists', 400, offerOf(BACKEND), FAILED, '400 no'],
  ['that CodeSubmit’s whole list lacks', 404, offerOf(FRONTEND), UNKNOWN, '404 no'],
  ['that a list with gaps lacks', 404, LIST_WITH_GAPS, WAITING, '404 no'],
  ['while its list can’t be read', 404, failed(502, 'unavailable'), WAITING, '404 no'],
])('a challenge %s is answered %i', async (_what, status, offer, then, why) => {
  await attempt(failing(failed(status), offer));
  expect(timeline().at(-1)).toMatch(new RegExp(`^${then} \\(codesubmit .*${why}\\)$`));
  expect(bridge.counts()).toEqual({ [then === FAILED ? 'failed' : 'queued']: 1 });
});

it.each([
  ['that nobody foresaw', new TypeError('a bug'), 'internal error'],
  ['of the database, which notes the answer', new AppError('storage_busy', 'Busy.', ''), 'Busy.'],
])('after an error %s, what may have left is looked up', async (_what, error, why) => {
  await attempt(failing(error));
  expect(bridge.counts()).toEqual({ uncertain: 1 });
  expect(timeline().at(-1)).toContain(`looking it up (${why})`);
  expect(await bridge.beginSending()).toEqual([]);
});

it('what a read decided while a refused challenge was on its way is decided again', async () => {
  const { app, clock } = bridge;
  const [claimed] = await bridge.beginSending();
  // That they have it already: it's on its way.
  await bridge.look();
  await failing(failed(400)).send(claimed!);
  expect(bridge.counts()).toEqual({ failed: 1 });
  expect(listDueLooks(app.database, clock.now(), 1)).toMatchObject([{ id: ADA }]);
});

it('what can’t leave is queued again, says why, and waits twice as long each time', async () => {
  const sender = senderTo(() => {
    throw new AppError('not_set_up', 'No API key is stored.', 'Run: setup');
  });
  const { app, clock } = bridge;
  // A quarter of each wait is left to chance, which adds nothing here.
  for (const waitMs of [750, 1_500, 3_000]) {
    await attempt(sender);
    expect(bridge.counts()).toEqual({ queued: 1 });
    expect(timeline().at(-1)).toContain('retrying (No API key is stored.)');
    clock.advance(waitMs - 1);
    expect(hasDueToSend(app, clock.now())).toBe(false);
    clock.advance(1);
    expect(hasDueToSend(app, clock.now())).toBe(true);
    await bridge.look();
  }
});

it('a reply settles nothing that isn’t being sent', async () => {
  const [claimed] = await bridge.beginSending();
  await settleLater(bridge.app, claimed!, 0, '429');
  const settling = settleAccepted(bridge.app, claimed!, bridge.accepted(claimed!));
  await expect(settling).rejects.toThrow('is not sending');
  expect(bridge.counts()).toEqual({ queued: 1 });
});
