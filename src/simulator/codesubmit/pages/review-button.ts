// A reviewer's button, shown once the work was submitted.
import type { Html } from '../../pages/html.js';
import { buttonForm } from '../../pages/page-parts.js';
import type { ProgressWord } from '../codesubmit-switches.js';

export function reviewButton(target: string, progress: ProgressWord): Html | null {
  if (progress !== 'submitted') return null;
  return buttonForm(target, { label: 'Mark reviewed', testid: 'mark-reviewed' });
}
