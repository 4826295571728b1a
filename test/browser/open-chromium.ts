// Debian's chromium for the browser tests.
import { chromium, type Browser } from 'playwright-core';
import { CHROMIUM, hasTool } from '../support/fault-tools.js';

export const hasChromium = (): boolean => hasTool('chromium');

export function openChromium(): Promise<Browser> {
  return chromium.launch(CHROMIUM);
}
