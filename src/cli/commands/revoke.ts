/** `revoke`: disconnects the integration and erases its credentials. */
import type { Command } from 'commander';
import { count } from '../../domain/format.js';
import type { Settings } from '../../store/settings/settings.js';
import { addCommand } from '../add-command.js';
import type { ContextOf } from '../create-context.js';
import type { Io } from '../terminal/io.js';

export function addRevoke(program: Command, contextOf: ContextOf): void {
  addCommand(program, {
    words: 'revoke',
    does: 'disconnect, stop sending, erase all credentials',
    flags: { '-y, --yes': 'don’t ask' },
    examples: ['codesubmit-lever revoke --yes'],
  }).action(async (options: { yes?: boolean }) => {
    const { io, withVendors } = await contextOf();
    const { countHoldTags, revoke } = await import('../../admin/actions/admin-actions.js');
    await withVendors(async (app) => {
      const tagged = countHoldTags(app);
      if (tagged > 0) {
        io.say(`${count(tagged, 'candidate')} in Lever may carry a tag of ours (“codesubmit: …”).`);
        io.say('To have them removed first: codesubmit-lever setup --hold-tags off');
      }
      const question = 'Disconnect the integration and erase its keys and tokens?';
      if (!(await io.confirm(question, options))) return;
      await revoke(app);
      io.say('Revoked: nothing more goes out, and no key or token is left here.');
      sayWhatIsLeft(io, app.settings.load(), tagged);
    });
  });
}

function sayWhatIsLeft(io: Io, { leverAuth }: Partial<Settings>, tagged: number): void {
  const access =
    leverAuth === 'oauth' ? 'press Revoke Access under Authorized Apps' : 'revoke the API key';
  io.say('Left to do manually:');
  io.say(`  in Lever, Settings > Integrations and API: delete the webhook and ${access}`);
  if (tagged > 0) {
    io.say(`  there too: remove our tags (“codesubmit: …”) from ${count(tagged, 'candidate')}`);
  }
  io.say('  in CodeSubmit, the integrations settings page: delete the API key');
  io.say('To start again: codesubmit-lever setup');
}
