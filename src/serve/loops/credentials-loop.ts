/**
 * While a vendor rejects our key, tries the keys again every five minutes: the environment's and the stored one. The
 * first that works is used, and what waited goes out without another `setup`. Where only a challenge shows whether the
 * account may send, the send loop tries one of those that wait; during a pause reading is enough, so look-ups go on.
 */
import { hasOpenToSend } from '../../bridge/send.js';
import { ApiError, type Vendor } from '../../domain/errors.js';
import type { Pipeline } from '../../bridge/create-pipeline.js';
import type { KeyName, LiveConfiguration } from '../../store/settings/configuration.js';
import { isInUse, isSendingRejected } from '../../store/integration-store.js';
import type { RuleStore } from '../../store/rule-store.js';
import type { Vendors } from '../../bridge/vendor-clients.js';
import { makeRoundLoop, TRY_REJECTED_MS, type LoopRuntime, type RoundLoop } from './work-loop.js';

const KEYS: Record<Vendor, KeyName> = { lever: 'lever_api_key', codesubmit: 'codesubmit_api_key' };

export function makeCredentialsLoop(
  pipeline: Pipeline,
  configuration: LiveConfiguration,
  vendors: Vendors,
  { pollMs, timers }: LoopRuntime,
): RoundLoop {
  const { clock, log } = pipeline;
  const triedAtMs: Record<Vendor, number> = { lever: -Infinity, codesubmit: -Infinity };
  let seenVersion = configuration.version();
  const isDue = (vendor: Vendor): boolean => {
    const row = configuration.row();
    if (!isInUse(row) || row[`${vendor}_refused_at`] === null) return false;
    return clock.monotonicMs() - triedAtMs[vendor] >= TRY_REJECTED_MS;
  };
  return makeRoundLoop({
    name: 'credentials',
    pollMs,
    isDue: () => {
      // Another key was given: it need not wait.
      const version = configuration.version();
      if (version !== seenVersion)
        Object.assign(triedAtMs, { lever: -Infinity, codesubmit: -Infinity });
      seenVersion = version;
      return isDue('lever') || isDue('codesubmit');
    },
    run: async () => {
      for (const vendor of ['lever', 'codesubmit'] as const) {
        if (!isDue(vendor)) continue;
        triedAtMs[vendor] = clock.monotonicMs();
        if (await findWorkingKey(vendor, pipeline, configuration, vendors))
          log.info({ vendor }, 'account accepted');
        // Its own change is no news.
        seenVersion = configuration.version();
      }
    },
    log,
    timers,
  });
}

/** A login is renewed elsewhere: its refused refresh token is never sent again. */
async function findWorkingKey(
  vendor: Vendor,
  pipeline: Pipeline,
  configuration: LiveConfiguration,
  vendors: Vendors,
): Promise<boolean> {
  const { database, integration, rules, clock, log } = pipeline;
  if (vendor === 'lever' && configuration.current().settings.leverAuth === 'oauth') return false;
  const row = configuration.row();
  const isSending = vendor === 'codesubmit' && row.paused_at === null && isSendingRejected(row);
  const [inUse] = configuration.keys(KEYS[vendor]);
  for (const [at, key] of configuration.keys(KEYS[vendor]).entries()) {
    // Of an account that may not send, a key that can read shows nothing: the send loop tries.
    if (key === inUse && isSending && hasOpenToSend(pipeline, clock.now())) continue;
    configuration.prefer(KEYS[vendor], key);
    if (!(await isAccepted(vendor, vendors, rules))) continue;
    if (at > 0)
      log.warn({ vendor }, 'the stored key is used: the one in the environment is rejected');
    await database.write((tx) => integration.noteAccepted(tx, vendor));
    return true;
  }
  configuration.prefer(KEYS[vendor], undefined);
  return false;
}

async function isAccepted(vendor: Vendor, vendors: Vendors, rules: RuleStore): Promise<boolean> {
  try {
    if (vendor === 'codesubmit') {
      await vendors.codesubmit().checkKey();
      await vendors.codesubmit().readSentPage(null);
      return true;
    }
    const lever = vendors.lever();
    await lever.listStages();
    const [rule] = rules.listActive();
    if (rule) await lever.listStage(rule.stageId).next();
    return true;
  } catch (error) {
    if (error instanceof ApiError) return false;
    throw error;
  }
}
