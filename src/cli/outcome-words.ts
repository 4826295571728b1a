/** What would become of somebody, in the order of the table; the sign tells them apart without colour. */
import type { Outcome } from '../app/preview.js';

export const OUTCOME_WORDS: Record<Outcome, string> = {
  send: '→ gets it',
  adopt: '= has it from CodeSubmit',
  wait: '‖ waits',
  refused: '✗ refused before',
  hold: '! held',
  ignore: '· nothing',
};
