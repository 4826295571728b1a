/** Stores the keys and rules of a history as `setup` does. */
import type { App } from '../../src/admin/app.js';
import { setUp } from '../../src/admin/setup/set-up.js';
import { parseRuleSpec } from '../../src/domain/rule-spec.js';
import { seedLeverApiKey } from '../../src/simulator/seed/base-seed.js';
import type { Settings } from '../../src/store/settings/settings.js';
import { SIGNING_TOKEN, WEBHOOK_ID } from '../rigs/program.js';

export interface Wanted {
  rules: readonly string[];
  /** `N/MIN` or `off`. */
  brake: string;
  settings: Partial<Settings>;
  codesubmitApiKey: string;
}

export async function setUpBridge(
  app: App,
  { rules, brake, settings, codesubmitApiKey }: Wanted,
): Promise<void> {
  const [count = 0, minutes = 0] = brake.split('/').map(Number);
  const answers = {
    settings: {
      // As with a webhook: it is signed here, and comes without a public address.
      sweepMinutes: 5,
      ...settings,
      brake: brake === 'off' ? null : { count, minutes },
      webhookId: WEBHOOK_ID,
    },
    secrets: {
      lever_api_key: [seedLeverApiKey],
      codesubmit_api_key: [codesubmitApiKey],
      signing_token: [SIGNING_TOKEN],
    },
    rules: rules.map(parseRuleSpec),
  };
  await setUp(app, answers, () => Promise.resolve('leave'));
}
