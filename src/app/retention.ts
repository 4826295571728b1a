/** Erases once a day who the people were with whom nothing has happened for long; ids and keyed hashes stay. */
import { statSync } from 'node:fs';
import type { OpportunityId } from '../domain/ids.js';
import type { House } from './house.js';

const MS_PER_DAY = 86_400_000;
const PAGE = 200;
/** Writing a bigger file anew would keep webhooks waiting for seconds. */
const MAX_SCRUBBED_BYTES = 100 * 1024 * 1024;

interface LastRun {
  atMs: number;
  days: number | null;
}

export class Retention {
  #last: LastRun | undefined;
  #owesScrub = false;

  constructor(private readonly house: House) {}

  /** At start, every day, and when the days were changed. */
  isDue(): boolean {
    const last = this.#last;
    if (!last || last.days !== this.#days()) return true;
    return this.house.surroundings.clock.monotonicMs() - last.atMs >= MS_PER_DAY;
  }

  /** Page by page, so that nothing else has to wait. Returns how many opportunities were erased. */
  async run(isStopped: () => boolean = () => false): Promise<number> {
    const days = this.#days();
    const atMs = this.house.surroundings.clock.monotonicMs();
    let erased = 0;
    let after: string | undefined = '';
    while (after !== undefined && days !== null) {
      if (isStopped()) return erased;
      const page = await this.#erasePage(after, days);
      erased += page.erased;
      after = page.last;
    }
    this.#scrub();
    this.#last = { atMs, days };
    if (erased > 0) this.house.surroundings.log.info({ erased, days }, 'past retention: erased');
    return erased;
  }

  #days(): number | null {
    return this.house.configuration.current().settings.retentionDays;
  }

  /** `last`: the last one of a full page. */
  async #erasePage(
    after: string,
    days: number,
  ): Promise<{ erased: number; last: OpportunityId | undefined }> {
    const { database, retained, erasure, surroundings } = this.house;
    const page = await database.write(() => {
      const now = surroundings.clock.now();
      const kept = retained.listKept(now - days * MS_PER_DAY, after, PAGE);
      const past = kept.filter(({ isPast }) => isPast);
      for (const { id } of past) erasure.erase(id, now);
      return { erased: past.length, last: kept.length < PAGE ? undefined : kept.at(-1)?.id };
    });
    this.#owesScrub ||= page.erased > 0;
    return page;
  }

  /** What was erased may have left copies in the file's unused parts. */
  #scrub(): void {
    const { database, home } = this.house;
    if (!this.#owesScrub || statSync(home.databaseFile).size > MAX_SCRUBBED_BYTES) return;
    database.scrub();
    this.#owesScrub = false;
  }
}
