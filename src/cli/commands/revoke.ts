/** `revoke`: disables the integration and erases its secrets. */
import type { Command } from 'commander';
import type { ContextOf } from '../command-context.js';

export function addRevoke(program: Command, contextOf: ContextOf): void {
  program
    .command('revoke')
    .description('disable: nothing more goes out, secrets are erased, the history is kept')
    .option('-y, --yes', 'don’t ask')
    .addHelpText('after', '\nExample:\n  $ codesubmit-lever revoke --yes')
    .action(async (options: { yes?: boolean }) => {
      const { io, home, surroundings } = await contextOf();
      const { revoke } = await import('../../app/controls.js');
      const { openHouseWithoutKey } = await import('../../app/open-house.js');
      const house = openHouseWithoutKey(home, surroundings);
      try {
        const question = 'Disable the integration and erase its keys and tokens?';
        if (!(await io.confirm(question, { isYes: options.yes === true }))) {
          io.say('Nothing was changed.');
          return;
        }
        await revoke(house);
        io.say('Revoked: nothing more goes out, and no key or token is left here.');
        io.say('Left to do by hand:');
        const access =
          house.settings.load().leverAuth === 'oauth'
            ? 'press Revoke Access under Authorized Apps'
            : 'revoke the API key';
        io.say(`  in Lever, Settings > Integrations and API: delete the webhook and ${access}`);
        io.say('  in CodeSubmit, the integrations settings page: delete the API key');
        io.say('To start again: codesubmit-lever setup');
      } finally {
        house.database.close();
      }
    });
}
