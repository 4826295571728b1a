/** Sets an integration up from answers given all at once: checks them with the vendors, then stores them together. */
import { randomBytes } from 'node:crypto';
import type { CodeSubmitClient } from '../codesubmit/codesubmit-client.js';
import { initialSettings, settingsFromEnvironment, type Settings } from '../config/settings.js';
import type { SecretName } from '../config/secret-rows.js';
import { ApiError, AppError } from '../domain/errors.js';
import type { LeverClient } from '../lever/lever-client.js';
import {
  readPeople,
  resolveRules,
  storeRules,
  type Activated,
  type ExistingPeople,
} from './activate-rules.js';
import type { House } from './house.js';
import type { RuleSpec } from './rule-spec.js';
import { webhookUrl } from './status-report.js';
import { makeCodeSubmitClient, makeLeverClient } from './vendors.js';

export interface SetupAnswers {
  /** What flags say; the environment and what is stored come after. */
  settings: Partial<Settings>;
  leverApiKey: string | undefined;
  codesubmitApiKey: string | undefined;
  signingTokens: readonly string[];
  /** The whole set; undefined leaves the stored one. */
  rules: readonly RuleSpec[] | undefined;
  existing: ExistingPeople;
}

export interface SetupResult {
  settings: Settings;
  activated: Activated[];
  ruleCount: number;
  webhookUrl: string | null;
  hasSigningToken: boolean;
  /** CodeSubmit's label of the key. */
  codesubmitAccount: string;
}

/** A replaced signing token stays good: Lever's Rerun sends again what it signed up to two weeks ago. */
const OLD_TOKEN_MS = 14 * 86_400_000;

function need(value: string | undefined, what: string, how: string): string {
  if (value !== undefined) return value;
  throw new AppError('usage', `No ${what} is given.`, `Run: codesubmit-lever setup ${how}`);
}

/** A vendor's refusal in words that say which answer is wrong. */
async function check<T>(what: string, mend: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const refused = error.kind === 'unauthorized';
    throw new AppError(
      'vendor',
      refused
        ? `${what} is refused (${error.message}).`
        : `${what} can’t be checked now (${error.message}).`,
      refused ? mend : 'Check the network and the address, then run: codesubmit-lever setup',
      error,
    );
  }
}

export class SetUp {
  constructor(
    private readonly house: House,
    private readonly onProgress: (people: number) => void,
  ) {}

  /** Stores nothing unless everything that can be checked was found good. Throws `usage` or `vendor`. */
  async run(answers: SetupAnswers): Promise<SetupResult> {
    const settings = this.#settings(answers);
    const leverApiKey = need(
      answers.leverApiKey ?? this.#stored('lever_api_key'),
      'Lever API key',
      '--lever-api-key-file FILE',
    );
    const codesubmitApiKey = need(
      answers.codesubmitApiKey ?? this.#stored('codesubmit_api_key'),
      'CodeSubmit API key',
      '--codesubmit-api-key-file FILE',
    );
    const lever = await this.#checkLever(settings, leverApiKey);
    const codesubmit = makeCodeSubmitClient(settings, codesubmitApiKey, this.#http());
    const codesubmitAccount = await check(
      'The CodeSubmit API key',
      'Make a new one on CodeSubmit’s integrations page, then run: codesubmit-lever setup',
      () => codesubmit.checkKey(),
    );
    const keys = { leverApiKey, codesubmitApiKey };
    const activated = await this.#store(answers, settings, keys, lever, codesubmit);
    return {
      settings,
      activated,
      ruleCount: this.house.rules.listActive().length,
      webhookUrl: webhookUrl(settings),
      hasSigningToken: this.house.configuration.current().signingTokens.length > 0,
      codesubmitAccount,
    };
  }

  #settings(answers: SetupAnswers): Settings {
    const { settings, surroundings } = this.house;
    const merged = {
      ...initialSettings(),
      ...settings.load(),
      ...settingsFromEnvironment(surroundings.env),
      ...answers.settings,
    };
    return { ...merged, webhookId: merged.webhookId ?? randomBytes(16).toString('hex') };
  }

  #stored(name: SecretName): string | undefined {
    return this.house.secrets.list(name, this.house.surroundings.clock.now())[0];
  }

  #http() {
    return { version: this.house.surroundings.version };
  }

  /** Tries the reads that the integration needs, and whether confidential ones may be seen. */
  async #checkLever(settings: Settings, apiKey: string): Promise<LeverClient> {
    const parts = { acquire: () => this.house.leverRate.acquire(), http: this.#http() };
    const lever = makeLeverClient(settings, apiKey, parts);
    const mend =
      'Make a key with the right to read stages and opportunities in Lever’s settings, then run: codesubmit-lever setup';
    await check('The Lever API key', mend, () => lever.checkKey());
    settings.includeConfidential = await check('The Lever API key', mend, () =>
      lever.canReadConfidential(),
    );
    return makeLeverClient(settings, apiKey, parts);
  }

  async #store(
    answers: SetupAnswers,
    settings: Settings,
    keys: { leverApiKey: string; codesubmitApiKey: string },
    lever: LeverClient,
    codesubmit: CodeSubmitClient,
  ): Promise<Activated[]> {
    const { house } = this;
    const rules = answers.rules && (await this.#resolve(answers.rules, lever, codesubmit));
    const people = await check('Who stands in the stages', '', () =>
      readPeople(house, lever, rules ?? [], this.onProgress),
    );
    return house.database.write(() => {
      const now = house.surroundings.clock.now();
      house.settings.save(settings);
      house.secrets.replace('lever_api_key', keys.leverApiKey, now);
      house.secrets.replace('codesubmit_api_key', keys.codesubmitApiKey, now);
      if (answers.signingTokens.length > 0) {
        house.secrets.replaceSet('signing_token', answers.signingTokens, now, now + OLD_TOKEN_MS);
      }
      const options = { existing: answers.existing, isWholeSet: true };
      const activated = rules ? storeRules(house, rules, people, options) : [];
      house.integration.markSetUp(now);
      return activated;
    });
  }

  async #resolve(specs: readonly RuleSpec[], lever: LeverClient, codesubmit: CodeSubmitClient) {
    const stages = await check('The list of stages', '', () => lever.listStages());
    const challenges = await check('The list of challenges', '', () => codesubmit.listChallenges());
    return resolveRules(specs, stages, challenges);
  }
}
