// decodeAmd64 and instructionText: bytes of instructions that often crash, and their text.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { instructionText } from '../../../../shared/minidump/analysis/amd64-instruction.ts'
import { decodeAmd64 } from '../../../../shared/minidump/analysis/decode-amd64.ts'
import { fromHex } from '../../../support/assembler.ts'

const text = (hex: string) => {
  const instruction = decodeAmd64(fromHex(hex))
  return instruction && instructionText(instruction)
}

describe('instructionText', () => {
  test.each([
    ['c7 04 25 45 00 00 00 05 00 00 00', 'mov dword [0x45], 0x5'],
    ['c6 04 25 42 00 00 80 01', 'mov byte [0x80000042], 0x1'],
    ['8a 03', 'mov al, byte [rbx]'],
    ['66 8b 03', 'mov ax, word [rbx]'],
    ['48 8b 03', 'mov rax, qword [rbx]'],
    ['48 8b 85 00 f8 ff ff', 'mov rax, qword [rbp - 0x800]'],
    ['42 8a 44 09 10', 'mov al, byte [rcx + r9 * 1 + 0x10]'],
    ['4a 8b 04 ed 00 00 f0 ff', 'mov rax, qword [r13 * 8 - 0x100000]'],
    ['41 8b 84 24 00 01 00 00', 'mov eax, dword [r12 + 0x100]'],
    ['8b 05 10 00 00 00', 'mov eax, dword [rip + 0x10]'],
    ['67 8b 03', 'mov eax, dword [ebx]'],
    ['64 48 8b 04 25 28 00 00 00', 'mov rax, qword fs:[0x28]'],
    ['48 b8 88 77 66 55 44 33 22 11', 'mov rax, 0x1122334455667788'],
    ['b0 ff', 'mov al, 0xff'],
    ['40 88 f8', 'mov al, dil'],
    ['88 e8', 'mov al, ch'],
    ['48 83 f8 ff', 'cmp rax, -0x1'],
    ['83 38 00', 'cmp dword [rax], 0x0'],
    ['48 8d 53 08', 'lea rdx, qword [rbx + 0x8]'],
    ['48 63 04 ba', 'movsxd rax, dword [rdx + rdi * 4]'],
    ['0f b6 06', 'movzx eax, byte [rsi]'],
    ['0f bf 06', 'movsx eax, word [rsi]'],
    ['ff 10', 'call qword [rax]'],
    ['ff d2', 'call rdx'],
    ['ff 15 7e 72 24 00', 'call qword [rip + 0x24727e]'],
    ['e8 e8 ff ff ff', 'call $-0x18'],
    ['74 47', 'jz $+0x47'],
    ['74 00', 'jz $+0x0'],
    ['74 ff', 'jz $-0x1'],
    ['48 a1 ff ff ff 7f 00 00 00 00', 'mov rax, qword [0x7fffffff]'],
    ['48 a1 00 00 00 80 00 00 00 00', 'mov rax, qword [0x80000000]'],
    ['48 a1 00 00 00 80 ff ff ff ff', 'mov rax, qword [0x80000000]'],
    ['48 a1 ff ff ff 7f ff ff ff ff', 'mov rax, qword [0xffffffff7fffffff]'],
    ['0f 86 8b 01 00 00', 'jna $+0x18b'],
    ['c3', 'ret'],
    ['c2 08 00', 'ret 0x8'],
    ['55', 'push rbp'],
    ['ff 75 b8', 'push qword [rbp - 0x48]'],
    ['68 7f 63 c4 00', 'push 0xc4637f'],
    ['8f 00', 'pop qword [rax]'],
    ['f0 0f b1 11', 'lock cmpxchg dword [rcx], edx'],
    ['f0 48 ff 00', 'lock inc qword [rax]'],
    ['f3 a4', 'rep movs byte es:[rdi], byte ds:[rsi]'],
    ['f3 48 ab', 'rep stos qword es:[rdi], rax'],
    ['f2 ae', 'repnz scas byte es:[rdi], al'],
    ['48 f7 f9', 'idiv rcx'],
    ['f7 38', 'idiv dword [rax]'],
    ['0f 0b', 'ud2'],
    ['cc', 'int 0x3'],
    ['f4', 'hlt'],
    ['0f 05', 'syscall'],
    ['f3 0f 1e fa', 'endbr64'],
    ['90', 'nop'],
    ['f3 90', 'pause'],
    ['66 0f 1f 44 00 00', 'nop word [rax + rax * 1]'],
    ['0f 10 06', 'movups xmm0, xmmword [rsi]'],
    ['0f 29 45 d0', 'movaps xmmword [rbp - 0x30], xmm0'],
    ['66 44 0f 6f 03', 'movdqa xmm8, xmmword [rbx]'],
    ['f3 0f 6f 0e', 'movdqu xmm1, xmmword [rsi]'],
    ['f3 0f 10 07', 'movss xmm0, dword [rdi]'],
    ['f2 0f 11 00', 'movsd qword [rax], xmm0'],
    ['f3 0f 7e 06', 'movq xmm0, qword [rsi]'],
    ['66 48 0f 6e c0', 'movq xmm0, rax'],
    ['0f 16 06', 'movhps xmm0, qword [rsi]'],
    ['0f 12 c1', 'movhlps xmm0, xmm1'],
    ['0f 2e 03', 'ucomiss xmm0, dword [rbx]'],
    ['66 0f 74 07', 'pcmpeqb xmm0, xmmword [rdi]'],
    ['f2 48 0f 2a 06', 'cvtsi2sd xmm0, qword [rsi]'],
    ['0f ae 07', 'fxsave ptr [rdi]'],
    ['0f c7 0f', 'cmpxchg8b qword [rdi]'],
    ['48 0f c7 0f', 'cmpxchg16b xmmword [rdi]'],
    ['dd 04 24', 'fld st(0), qword [rsp]'],
    ['db 3f', 'fstp mword [rdi], st(0)'],
    ['c5 fe 6f 06', 'vmovdqu ymm0, ymmword [rsi]'],
    ['c5 fd 7f 07', 'vmovdqa ymmword [rdi], ymm0'],
    ['c4 41 7e 6f 08', 'vmovdqu ymm9, ymmword [r8]'],
    ['c4 81 7e 6f 14 48', 'vmovdqu ymm2, ymmword [r8 + r9 * 2]'],
    ['c5 fd 74 0f', 'vpcmpeqb ymm1, ymm0, ymmword [rdi]'],
    ['c4 e2 7d 78 06', 'vpbroadcastb ymm0, byte [rsi]'],
    ['c4 e2 7d 30 06', 'vpmovzxbw ymm0, xmmword [rsi]'],
    ['c4 e2 f1 99 02', 'vfmadd132sd xmm0, xmm1, qword [rdx]'],
    ['c5 f8 77', 'vzeroupper'],
    ['62 f1 7f 48 6f 47 01', 'vmovdqu8 zmm0, zmmword [rdi + 0x40]'],
    ['62 f1 7e 28 6f 06', 'vmovdqu32 ymm0, ymmword [rsi]'],
    ['62 51 7f 48 6f 08', 'vmovdqu8 zmm9, zmmword [r8]'],
    ['62 e1 7f 49 7f 00', 'vmovdqu8 zmmword [rax]{k1}, zmm16'],
    ['d8 e0', 'fsub st(0), st(0)'],
    ['df e8', 'fucomip st(0), st(0)'],
    ['dd dc', 'fstp st(4), st(0)'],
    ['dd c3', 'ffree st(3)'],
    ['d9 ee', 'fldz'],
    ['df e0', 'fnstsw ax'],
    ['f0 48 0f b1 0a', 'lock cmpxchg qword [rdx], rcx'],
  ])('%s is %s', (hex, expected) => {
    expect(text(hex)).toBe(expected)
    expect(decodeAmd64(fromHex(`${hex} 90 90`))!.length).toBe(fromHex(hex).length)
  })

  test.each([
    ['nothing', ''],
    ['a prefix alone', '66'],
    ['a cut displacement', '48 8b 85 00 f8'],
    ['an instruction of 32-bit mode', '06'],
    ['an undefined group member', 'ff f8'],
    ['far call through a register', 'ff d9'],
    ['an invalid x87 instruction', 'd9 d1'],
    ['lock before a load', 'f0 48 8b 3d f5 94 3f 00'],
    ['lock before an addition in a register', 'f0 01 c8'],
    ['a prefix before VEX', '66 c5 f8 77'],
    ['a third register of an instruction that has two', 'c5 cd 28 0b'],
  ])('%s cannot be decoded', (_, hex) => expect(decodeAmd64(fromHex(hex))).toBeNull())

  test.each([
    ['push rax', '50', 8],
    ['push ax', '66 50', 2],
    ['pop rax', '58', 8],
    ['pop ax', '66 58', 2],
    ['call', 'e8 00 00 00 00', 8],
    ['ret', 'c3', 8],
    ['retf', 'cb', 10],
    ['retf with a count', 'ca 08 00', 10],
    ['pushf', '9c', 8],
    ['popf', '9d', 8],
    ['a load of 4 bytes', '8b 00', 4],
    ['a load of 2 bytes', '66 8b 00', 2],
    ['no access', '90', null],
    ['a jump', 'eb 00', null],
  ])('the memory size of %s (%s) is %j', (_, hex, size) =>
    expect(decodeAmd64(fromHex(hex))?.memorySize).toBe(size),
  )

  test('any bytes decode to an instruction of at most 15 bytes with a text, or null', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 0, maxLength: 20 }), (bytes) => {
        const instruction = decodeAmd64(bytes)
        if (instruction === null) return
        expect(instruction.length).toBeLessThanOrEqual(Math.min(15, bytes.length))
        expect(instructionText(instruction)).toMatch(/^[a-z][a-z0-9 ]*[^ ]/)
        expect(instructionText(instruction)).not.toMatch(/undefined|NaN|null/)
      }),
      { numRuns: 5000, seed: 7 },
    )
  })
})
