import { expect, test } from 'vitest'
import { wordsOf } from './path-words.ts'

test.each([
  [
    'src/OAuth2Client.ts',
    ['src', 'o', 'oauth', 'oauth2', 'auth', 'auth2', 'auth2client', '2', '2client', 'client', 'ts'],
  ],
  ['lib/JWTService.java', ['lib', 'jwt', 'jwtservice', 'service', 'java']],
  ['sign-in_form.x', ['sign', 'signin', 'signinform', 'in', 'inform', 'form', 'x']],
  ['2fa/Überweisung', ['2', '2fa', 'fa', 'überweisung']],
  ['authority/tokenizer.rs', ['authority', 'tokenizer', 'rs']],
  ['', []],
])('the words of %s', (path, words) => {
  expect([...wordsOf(path)].sort()).toEqual([...words].sort())
})
