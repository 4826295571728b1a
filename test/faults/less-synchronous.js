/** Preloaded into a daemon, it opens its database with the `synchronous` that better-sqlite3 would have chosen. */
import BetterSqlite3 from 'better-sqlite3';

const { pragma } = BetterSqlite3.prototype;
BetterSqlite3.prototype.pragma = function pragmaButForSynchronous(source, options) {
  const chosen = source === 'synchronous = FULL' ? 'synchronous = NORMAL' : source;
  return pragma.call(this, chosen, options);
};
