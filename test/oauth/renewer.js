// A process of its own that asks Lever one thing, with a crash at a chosen point of the renewal.
import { connectVendors } from '../../src/cli/context/connect-vendors.js';
import { openApp } from '../../src/cli/context/open-app.js';
import { machineClock } from '../../src/cli/create-context.js';
import { resolveHome } from '../../src/store/home/home.js';

const nothing = () => undefined;
const die = () => process.kill(process.pid, 'SIGKILL');

const app = connectVendors(
  openApp(resolveHome(undefined, process.env, undefined), {
    env: process.env,
    configFolder: process.env.HOME,
    clock: machineClock,
    random: Math.random,
    log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
    version: '0',
  }),
);

/** What is put in the way of the renewal. */
const crashes = {
  'after the reply, before the commit': () => {
    app.secrets.replace = die;
  },
  'after the commit': () => {
    const { database } = app;
    const write = database.writeWithRetry.bind(database);
    database.writeWithRetry = async (fn) => {
      await write(fn);
      die();
    };
  },
};
crashes[process.env.CRASH]?.();

try {
  await app.vendors.lever().checkKey();
  process.stdout.write('let in');
} catch (error) {
  process.stdout.write(error.kind ?? String(error));
} finally {
  app.database.close();
}
