// What makes a delivery genuine to all other files here.
import { expect, test } from 'vitest';
import { signatureOf } from './webhook-delivery.js';

test('the signature is the documented one', () => {
  // Computed with another tool: printf '%s' "$token$triggeredAt" | openssl dgst -sha256 -hmac
  // "$key"
  expect(signatureOf('k'.repeat(48), 'ab'.repeat(24), 1_764_000_000_000)).toBe(
    'fd087f54247063171d866b41f69d8c453420ecec81359d467754c802dad50ca0',
  );
});
