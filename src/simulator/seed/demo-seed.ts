// A believable small account: four postings, a dozen fictional candidates, four challenges.
import type { Worlds } from '../control-api.js';
import type { OpportunityInput } from '../lever/new-opportunity.js';
import type { PostingInput } from '../lever/posting-book.js';

const DAY_MS = 86_400_000;

const challenges = [
  { id: '0a6d2f34-1111-4b6c-9a01-2b3c4d5e6f01', name: 'Backend API' },
  { id: '1b7e3a45-2222-4c7d-8b12-3c4d5e6f7a02', name: 'Frontend React' },
  { id: '2c8f4b56-3333-4d8e-9c23-4d5e6f7a8b03', name: 'Data Pipeline' },
  { id: '3d9a5c67-4444-4e9f-8d34-5e6f7a8b9c04', name: 'Mobile App' },
];

const postings: (PostingInput & { id: string })[] = [
  {
    id: '6f1e2d3c-aaaa-4a1b-8c2d-9e0f1a2b3c01',
    text: 'Senior Backend Engineer',
    tags: ['codesubmit:backend'],
  },
  {
    id: '7a2f3e4d-bbbb-4b2c-9d3e-0f1a2b3c4d02',
    text: 'Frontend Engineer',
    tags: ['codesubmit:frontend'],
  },
  { id: '8b3a4f5e-cccc-4c3d-8e4f-1a2b3c4d5e03', text: 'Account Executive' },
  {
    // Unlisted: on no job page, but candidates can be added to it.
    id: '9c4b5a6f-dddd-4d4e-9f5a-2b3c4d5e6f04',
    text: 'Data Engineer',
    state: 'internal',
    tags: ['codesubmit:data'],
  },
];

const [backend, frontend, sales, unlisted] = postings.map(({ id }) => id);

const candidates: OpportunityInput[] = [
  { name: 'Ada Fictional', stageId: 'New applicant', postingId: backend },
  { name: 'Bruno Makebelieve', stageId: 'Phone screen', postingId: backend },
  { name: 'Chidi Placeholder', stageId: 'Phone screen', postingId: backend },
  { name: 'Dana Invented', stageId: 'Take-home', postingId: backend },
  { name: 'Elif Imaginary', stageId: 'On-site', postingId: backend },
  { name: 'Farid Pretend', stageId: 'New applicant', postingId: frontend },
  { name: 'Greta Notreal', stageId: 'Phone screen', postingId: frontend },
  { name: 'Hana Madeup', stageId: 'Phone screen', postingId: backend, emails: [] },
  { name: 'Iker Storybook', stageId: 'Offer', postingId: unlisted },
  { name: 'Jo Pseudonym', stageId: 'Phone screen', postingId: sales },
  { name: 'Kofi Fable', stageId: 'New lead', postingId: null, tags: ['codesubmit:data'] },
  { name: 'Lena Secretive', stageId: 'Phone screen', postingId: backend, confidential: true },
];

/**
 * Adds challenges, postings and candidates to seeded accounts. Candidates were created a day apart, the last one
 * yesterday; each has an address made from the name, unless given another or none.
 */
export function seedDemo({ lever, codesubmit }: Worlds): void {
  for (const challenge of challenges) codesubmit.addTest(challenge);
  for (const posting of postings) lever.postings.add(posting);
  for (const [index, candidate] of candidates.entries()) {
    const email = `${candidate.name.toLowerCase().replace(/\W+/g, '.')}@example.com`;
    const createdAt = lever.now() - (candidates.length - index) * DAY_MS;
    lever.actions.create({ emails: [email], createdAt, ...candidate });
  }
}
