// The minimum for any account: stages, users, archive reasons, keys and one OAuth client.
import type { Worlds } from '../control-api.js';

/** Public keys: they work only with the simulator. */
export const seedLeverApiKey = 'simulated-lever-api-key';
export const seedCodeSubmitApiKey = 'simulated-codesubmit-api-key';
export const seedLeverOAuthClient = {
  id: 'simulated-lever-client-id',
  secret: 'simulated-lever-client-secret',
  name: 'CodeSubmit bridge',
  callbacks: ['http://127.0.0.1:8737/oauth/lever/callback'],
};

/** Ids that aren't UUIDs mixed with UUIDs, as recorded in real accounts. */
const stages = [
  { id: 'lead-new', text: 'New lead' },
  { id: 'applicant-new', text: 'New applicant' },
  { id: '5b3a1c70-6a0e-4a57-9f4e-0c1d8a5e2b11', text: 'Phone screen' },
  { id: '8d0f4f5e-3c1b-4f6d-8f6a-7e2b9c4d1a22', text: 'Take-home' },
  { id: 'e1c7a9b2-94d5-4c38-b1fa-5d3e6f7a8b33', text: 'On-site' },
  { id: 'offer', text: 'Offer' },
];

/** Fills both accounts with what every account needs: stages, users, archive reasons, keys and an OAuth client. */
export function seedBase({ lever, codesubmit }: Worlds): void {
  for (const stage of stages) lever.account.addStage(stage);
  lever.account.addUser({
    id: 'f0a1b2c3-0000-4000-8000-000000000001',
    name: 'Sam Superadmin',
    accessRole: 'super admin',
  });
  lever.account.addUser({ name: 'Robin Recruiter', accessRole: 'admin' });
  lever.account.addUser({ name: 'Toni Teammember' });
  for (const reason of ['Underqualified', 'Withdrew', 'Hired'])
    lever.account.addArchiveReason(reason);
  lever.access.addKey({ name: 'Seeded key', key: seedLeverApiKey });
  lever.oauth.addApp(seedLeverOAuthClient);
  codesubmit.addKey({ key: seedCodeSubmitApiKey });
}
