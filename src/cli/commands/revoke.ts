/** `revoke`: disconnects the integration and erases its credentials. */
import type { Command } from 'commander';
import { count } from '../../domain/format.js';
import type { RevokedTags } from '../../admin/actions/revoke.js';
import type { Settings } from '../../store/settings/settings.js';
import type { ContextOf } from '../create-context.js';
import type { Io } from '../terminal/io.js';

export function addRevoke(program: Command, contextOf: ContextOf): void {
  program
    .command('revoke')
    .description('disconnect, stop sending, erase all credentials')
    .option('-y, --yes', 'don’t ask')
    .addHelpText('after', '\nExample:\n  $ codesubmit-lever revoke --yes')
    .action(async (options: { yes?: boolean }) => {
      const { io, home, runtime } = await contextOf();
      const { revoke, revokeTags } = await import('../../admin/actions/revoke.js');
      const { openApp } = await import('../context/open-app.js');
      const { connectVendors } = await import('../context/connect-vendors.js');
      const { takeLastAccess } = await import('../../lever/last-access.js');
      const app = connectVendors(openApp(home, runtime));
      try {
        const question = 'Disconnect the integration and erase its keys and tokens?';
        if (!(await io.confirm(question, options))) {
          io.say('Nothing was changed.');
          return;
        }
        const access = takeLastAccess(app);
        await revoke(app);
        io.say('Revoked: nothing more goes out, and no key or token is left here.');
        io.progress('Cleaning up in Lever …');
        sayWhatIsLeft(io, app.settings.load(), await revokeTags(app, access));
      } finally {
        app.database.close();
      }
    });
}

function sayWhatIsLeft(io: Io, { leverAuth }: Partial<Settings>, tags: RevokedTags): void {
  if (tags.taken > 0) {
    io.say(`Removed in Lever: ${count(tags.taken, 'tag')} that said why a candidate is on hold.`);
  }
  const access =
    leverAuth === 'oauth' ? 'press Revoke Access under Authorized Apps' : 'revoke the API key';
  io.say('Left to do manually:');
  io.say(`  in Lever, Settings > Integrations and API: delete the webhook and ${access}`);
  if (tags.left > 0) {
    io.say(`  there too: remove our tags (“codesubmit: …”) from ${count(tags.left, 'candidate')}`);
  }
  io.say('  in CodeSubmit, the integrations settings page: delete the API key');
  io.say('To start again: codesubmit-lever setup');
}
