import { ED25519_TORSION_SUBGROUP } from '@noble/curves/ed25519.js'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as page from './ed25519.browser.ts'
import * as node from './ed25519.ts'
import * as pageHash from './hash.browser.ts'
import * as nodeHash from './hash.ts'
import { toHex } from './index.ts'

const fromHex = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'))

// RFC 8032 section 7.1: seed, public key, message, signature.
test.each([
  [
    '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    '',
    'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  ],
  [
    'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    'af82',
    '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  ],
])('the vectors of RFC 8032, in Node, by WebCrypto and in script', async (seed, publicKey, message, signature) => {
  const [key, text, sig] = [fromHex(publicKey), fromHex(message), fromHex(signature)]
  for (const { openPrivateKey } of [node, page]) {
    const secret = openPrivateKey(fromHex(seed))
    expect([toHex(secret.publicKey), toHex(secret.sign(text))]).toEqual([publicKey, signature])
  }
  const inScript = { bytes: key, handle: Promise.resolve(undefined) }
  for (const changed of [
    sig,
    sig.map((byte, i) => (i === 40 ? byte ^ 1 : byte)),
    sig.subarray(0, 63),
    new Uint8Array(64),
  ]) {
    const isRight = changed === sig
    expect(await node.verifyEd25519(node.openPublicKey(key), text, changed)).toBe(isRight)
    expect(await page.verifyEd25519(page.openPublicKey(key), text, changed)).toBe(isRight)
    expect(await page.verifyEd25519(inScript, text, changed)).toBe(isRight)
  }
})

test('points of small order are refused in every encoding', () => {
  expect(ED25519_TORSION_SUBGROUP.length).toBe(8)
  // y = 0, 1 and -1 can also be written with the other sign or, below 2^255, with p added.
  const signs = [0, 0x80].flatMap((sign) => [
    `00${'00'.repeat(30)}${toHex(Uint8Array.of(sign))}`,
    `01${'00'.repeat(30)}${toHex(Uint8Array.of(sign))}`,
    `ec${'ff'.repeat(30)}${toHex(Uint8Array.of(0x7f | sign))}`,
    `ed${'ff'.repeat(30)}${toHex(Uint8Array.of(0x7f | sign))}`,
    `ee${'ff'.repeat(30)}${toHex(Uint8Array.of(0x7f | sign))}`,
  ])
  for (const hex of [...ED25519_TORSION_SUBGROUP, ...signs]) {
    for (const { openPublicKey } of [node, page]) {
      expect(() => openPublicKey(fromHex(hex)), hex).toThrow(expect.objectContaining({ code: 'key_invalid' }))
    }
  }
})

test('keys of another length, or beyond the field, are refused', () => {
  for (const bytes of [new Uint8Array(31), new Uint8Array(33), new Uint8Array(0), new Uint8Array(32).fill(0xff)]) {
    expect(() => node.openPublicKey(bytes)).toThrow(expect.objectContaining({ code: 'key_invalid' }))
  }
})

test('Node and a page hash alike', () => {
  // FIPS 180-4 examples.
  expect(toHex(nodeHash.sha256(new TextEncoder().encode('abc')))).toBe(
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  )
  // RFC 4231 test case 2.
  expect(
    toHex(
      nodeHash.hmacSha256(new TextEncoder().encode('Jefe'), new TextEncoder().encode('what do ya want for nothing?')),
    ),
  ).toBe('5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843')
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 100 }), (bytes, key) => {
      expect(pageHash.sha256(bytes)).toEqual(nodeHash.sha256(bytes))
      expect(pageHash.hmacSha256(key, bytes)).toEqual(nodeHash.hmacSha256(key, bytes))
      const [ours, theirs] = [new Uint8Array(40), new Uint8Array(40)]
      nodeHash.sha256Into(bytes, ours, 8)
      pageHash.sha256Into(bytes, theirs, 8)
      expect(theirs).toEqual(ours)
    }),
  )
})

test('a key given as a Buffer is read and left as it was', async () => {
  // The slice of a Buffer is no copy: what reverses or clears one would change the caller's bytes.
  const secret = node.openPrivateKey(new Uint8Array(32).fill(4))
  const key = Buffer.from(secret.publicKey)
  const text = Buffer.from('text')
  const signature = Buffer.from(secret.sign(text))
  expect(await node.verifyEd25519(node.openPublicKey(key), text, signature)).toBe(true)
  const inScript = { ...page.openPublicKey(key), handle: Promise.resolve(undefined) }
  expect(await page.verifyEd25519(inScript, text, signature)).toBe(true)
  expect([new Uint8Array(key), new Uint8Array(signature)]).toEqual([secret.publicKey, secret.sign(text)])
})
