/** Notes that a vendor refuses our account, so that everything waits for a person; says so once. */
import type { Database } from '../database/database.js';
import type { Clock } from '../domain/clock.js';
import type { Vendor } from '../domain/errors.js';
import type { Log } from '../domain/log.js';
import type { IntegrationRows } from './integration-rows.js';

export class AccountRefusals {
  constructor(
    private readonly database: Database,
    private readonly integration: IntegrationRows,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** One durable write; the log speaks only when it is news. `why` holds no personal data. */
  async note(vendor: Vendor, why: string): Promise<void> {
    const isNews = await this.database.write(() =>
      this.integration.noteRefusal(vendor, this.clock.now(), why),
    );
    if (isNews) this.log.error({ vendor, why }, 'account refused: run codesubmit-lever setup');
  }
}
