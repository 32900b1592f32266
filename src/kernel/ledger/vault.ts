import { createCipheriv, createDecipheriv } from 'node:crypto'
import { fewRandomBytes } from '#platform/random.ts'

/** AES-256-GCM (NIST SP 800-38D) under `key`: 12 random bytes of nonce, ciphertext, 16 bytes of tag. */
export function encrypt(key: Uint8Array, plain: Uint8Array, boundTo: string): Buffer {
  const nonce = fewRandomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(Buffer.from(boundTo))
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

/** @throws Error when key, content or what it is bound to is not what it was encrypted with */
export function decrypt(key: Uint8Array, sealed: Uint8Array, boundTo: string): Buffer {
  if (sealed.length < 28) throw new Error('an encrypted value is too short')
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12), { authTagLength: 16 })
  decipher.setAAD(Buffer.from(boundTo))
  decipher.setAuthTag(sealed.subarray(-16))
  return Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()])
}
