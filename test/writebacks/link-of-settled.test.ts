/** An admin who settles an invitation may also have added its link in Lever. */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { settle } from '../../src/operate/actions/admin-actions.js';
import type { InvitationId } from '../../src/domain/ids.js';
import { linkOf } from '../../src/simulator/codesubmit/invitation-view.js';
import { InProcessRig, isEffect } from '../rigs/in-process.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const folder = temporaryFolder();
const MINUTE = 60_000;

it('the link that CodeSubmit’s list shows later isn’t added twice', async () => {
  const bridge = await InProcessRig.start(mkdtempSync(join(folder, 'home-')));
  const { lever, codesubmit } = bridge.simulator;
  codesubmit.addTest({ name: 'Backend' });
  await bridge.setUp(['stage=Take-home;tag=*;challenge=Backend'], 'off');
  const emails = ['ada@example.com'];
  const ada = lever.actions.create({ name: 'Ada Example', emails, stageId: 'Phone screen' });
  bridge.spoil('codesubmit', '5xx after', isEffect);
  lever.actions.move(ada.id, 'Take-home');
  await bridge.sweep();
  const [row] = bridge.status().invitations;
  expect(row).toMatchObject({ state: 'uncertain' });
  const link = linkOf(codesubmit, codesubmit.invitations[0]!);
  lever.contacts.addLinks(ada.id, [link]);
  const id = row!.id as InvitationId;
  await bridge.command((app) => settle(app, id, { isSent: true, link: null }));
  for (let minutes = 0; minutes < 15; minutes += 1) {
    bridge.clock.advance(MINUTE);
    await bridge.settle();
  }
  expect(bridge.status().invitations).toMatchObject([{ state: 'linked', link }]);
  expect(lever.opportunities.sight(ada.id, 0).contact.links).toEqual([link]);
  await bridge.close();
});
