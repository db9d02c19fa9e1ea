// The amd64 instruction sets as tables: opcode, mnemonic, and operands in the letter code of the manuals.
// An entry is `mnemonic operand …`. Four alternatives in one entry, separated by `|`, are those without a mandatory
// prefix and with 66, F3 and F2; `-` is none. `~name` is the MMX and SSE form of one name.
// Operands: E general register or memory, G register of ModRM, M memory only, R register only, I immediate (Iu and Iw
// unsigned, Is 4 bytes), J relative, O absolute, Z register in the opcode, X and Y strings, S C D segment, control
// and debug registers, V W U H xmm or ymm (reg, rm, rm register only, VEX vvvv), P Q N MMX, K mask. Sizes: b 1, w 2,
// d 4, q 8, t 10, o 16 bytes, v by operand size, z v but at most 4, y 4 or 8, f by VEX.W, x the vector's. Lower case
// words are literal.

const conditions = 'o no b nb z nz na a s ns p np l ge le g'.split(' ')

/**
 * Mnemonics of opcode groups, by the reg field of ModRM; an entry may have operands that replace those of the opcode.
 */
export const groups: Readonly<Record<string, readonly string[]>> = {
  '@alu': 'add or adc sbb and sub xor cmp'.split(' '),
  '@shift': 'rol ror rcl rcr shl shr sal sar'.split(' '),
  '@f6': ['test Eb Ib', 'test Eb Ib', 'not', 'neg', 'mul', 'imul', 'div', 'idiv'],
  '@f7': ['test Ev Iz', 'test Ev Iz', 'not', 'neg', 'mul', 'imul', 'div', 'idiv'],
  '@fe': ['inc', 'dec', '-', '-', '-', '-', '-', '-'],
  '@ff': ['inc', 'dec', 'call Eq', 'callf Mt', 'jmp Eq', 'jmpf Mt', 'push Eq', '-'],
  '@8f': ['pop', '-', '-', '-', '-', '-', '-', '-'],
  '@mov': ['mov', '-', '-', '-', '-', '-', '-', '-'],
  '@0f00': ['sldt', 'str', 'lldt', 'ltr', 'verr', 'verw', '-', '-'],
  '@0f01': ['sgdt M', 'sidt M', 'lgdt M', 'lidt M', 'smsw Ew', '-', 'lmsw Ew', 'invlpg Mb'],
  '@0f0d': [
    'prefetchw',
    'prefetchw',
    'prefetchw',
    'prefetchw',
    'prefetchw',
    'prefetchw',
    'prefetchw',
    'prefetchw',
  ],
  '@0f18': [
    'prefetchnta Ms',
    'prefetch0 Ms',
    'prefetch1 Ms',
    'prefetch2 Ms',
    'nop Ev',
    'nop Ev',
    'nop Ev',
    'nop Ev',
  ],
  '@bt': ['-', '-', '-', '-', 'bt', 'bts', 'btr', 'btc'],
  '@0fae': [
    'fxsave M',
    'fxrstor M',
    'ldmxcsr Md',
    'stmxcsr Md',
    'xsave M',
    'xrstor M',
    'xsaveopt M',
    'clflush Ms',
  ],
  '@0fc7': ['-', 'cmpxchg8b Mq', '-', 'xrstors M', 'xsavec M', 'xsaves M', 'rdrand Rv', 'rdseed Rv'],
  '@71': ['-', '-', 'psrlw', '-', 'psraw', '-', 'psllw', '-'],
  '@72': ['-', '-', 'psrld', '-', 'psrad', '-', 'pslld', '-'],
  '@73': ['-', '-', 'psrlq', 'psrldq', '-', '-', 'psllq', 'pslldq'],
  '@bls': ['-', 'blsr', 'blsmsk', 'blsi', '-', '-', '-', '-'],
}

/** Instructions selected by the whole ModRM byte: the key is opcode and ModRM, in hex. */
export const fixedModRm: Readonly<Record<string, string>> = {
  '0f01c1': 'vmcall',
  '0f01c2': 'vmlaunch',
  '0f01c3': 'vmresume',
  '0f01c4': 'vmxoff',
  '0f01c8': 'monitor',
  '0f01c9': 'mwait',
  '0f01d0': 'xgetbv',
  '0f01d1': 'xsetbv',
  '0f01f8': 'swapgs',
  '0f01f9': 'rdtscp',
  '0faee8': 'lfence',
  '0faef0': 'mfence',
  '0faef8': 'sfence',
}

function oneByteTable(): string[] {
  const table: string[] = Array.from({ length: 256 }, () => '-')
  const forms = ['Eb Gb', 'Ev Gv', 'Gb Eb', 'Gv Ev', 'al Ib', 'rax Iz']
  groups['@alu']!.forEach((name, row) => {
    forms.forEach((operands, i) => {
      table[row * 8 + i] = `${name} ${operands}`
    })
  })
  for (let i = 0; i < 8; i++) {
    table[0x50 + i] = 'push Zq'
    table[0x58 + i] = 'pop Zq'
    table[0x90 + i] = 'xchg rax Zv'
    table[0xb0 + i] = 'mov Zb Iu'
    table[0xb8 + i] = 'mov Zv Iv'
  }
  conditions.forEach((condition, i) => {
    table[0x70 + i] = `j${condition} Jb`
  })
  const rest: Readonly<Record<string, string>> = {
    '63': 'movsxd Gv Ed',
    '68': 'push Is',
    '69': 'imul Gv Ev Iz',
    '6a': 'push Ib',
    '6b': 'imul Gv Ev Ib',
    '6c': 'ins Yb dx',
    '6d': 'ins Yz dx',
    '6e': 'outs dx Xb',
    '6f': 'outs dx Xz',
    '80': '@alu Eb Ib',
    '81': '@alu Ev Iz',
    '83': '@alu Ev Ib',
    '84': 'test Eb Gb',
    '85': 'test Ev Gv',
    '86': 'xchg Eb Gb',
    '87': 'xchg Ev Gv',
    '88': 'mov Eb Gb',
    '89': 'mov Ev Gv',
    '8a': 'mov Gb Eb',
    '8b': 'mov Gv Ev',
    '8c': 'mov Ew S',
    '8d': 'lea Gv Mv',
    '8e': 'mov S Ew',
    '8f': '@8f Eq',
    '9b': 'wait',
    '9c': 'pushf',
    '9d': 'popf',
    '9e': 'sahf',
    '9f': 'lahf',
    a0: 'mov al Ob',
    a1: 'mov rax Ov',
    a2: 'mov Ob al',
    a3: 'mov Ov rax',
    a4: 'movs Yb Xb',
    a5: 'movs Yv Xv',
    a6: 'cmps Yb Xb',
    a7: 'cmps Yv Xv',
    a8: 'test al Iu',
    a9: 'test rax Iz',
    aa: 'stos Yb al',
    ab: 'stos Yv rax',
    ac: 'lods al Xb',
    ad: 'lods rax Xv',
    ae: 'scas Yb al',
    af: 'scas Yv rax',
    c0: '@shift Eb Ib',
    c1: '@shift Ev Ib',
    c2: 'ret Iw',
    c3: 'ret',
    c6: '@mov Eb Ib',
    c7: '@mov Ev Iz',
    c8: 'enter Iw Iu',
    c9: 'leave',
    ca: 'retf Iw',
    cb: 'retf',
    cc: 'int 3',
    cd: 'int Iu',
    d0: '@shift Eb 1',
    d1: '@shift Ev 1',
    d2: '@shift Eb cl',
    d3: '@shift Ev cl',
    d7: 'xlat',
    e0: 'loopnz Jb',
    e1: 'loopz Jb',
    e2: 'loop Jb',
    e3: 'jrcxz Jb',
    e4: 'in al Iu',
    e5: 'in eax Iu',
    e6: 'out Iu al',
    e7: 'out Iu eax',
    e8: 'call Jz',
    e9: 'jmp Jz',
    eb: 'jmp Jb',
    ec: 'in al dx',
    ed: 'in eax dx',
    ee: 'out dx al',
    ef: 'out dx eax',
    f1: 'int 1',
    f4: 'hlt',
    f5: 'cmc',
    f6: '@f6 Eb',
    f7: '@f7 Ev',
    f8: 'clc',
    f9: 'stc',
    fa: 'cli',
    fb: 'sti',
    fc: 'cld',
    fd: 'std',
    fe: '@fe Eb',
    ff: '@ff Ev',
  }
  for (const [code, entry] of Object.entries(rest)) table[Number.parseInt(code, 16)] = entry
  return table
}

/** Instructions whose opcode is one byte. */
export const oneByte: readonly string[] = oneByteTable()

/**
 * A compact table: lines of a hex opcode and an entry; comma-separated entries on one line have consecutive opcodes.
 */
function table(text: string): ReadonlyMap<number, string> {
  const found = new Map<number, string>()
  for (const line of text.trim().split('\n')) {
    const at = line.indexOf(' ', line.search(/\S/))
    let code = Number.parseInt(line, 16)
    for (const entry of line.slice(at).split(','))
      found.set(code++, entry.trim().replace(/^~(\S+)(.*)/, bothForms))
  }
  return found
}

const bothForms = (_: string, name: string, rest: string) => `${name} P Qq${rest}|${name} V Wx${rest}`

const packed = (code: number, name: string, kinds = 'ps pd ss sd') => {
  const sizes = { ps: 'Wx', pd: 'Wx', ss: 'Wd', sd: 'Wq' }
  const forms = (['ps', 'pd', 'ss', 'sd'] as const).map((kind) =>
    kinds.includes(kind) ? `${name}${kind} V ${sizes[kind]}` : '-',
  )
  return `${code.toString(16)} ${forms.join('|')}\n`
}

const counted = (first: number, entry: (condition: string) => string) =>
  `${first.toString(16)} ${conditions.map(entry).join(',')}\n`

/** Instructions after 0F. */
export const twoByte = table(
  `00 @0f00 Ew,@0f01 M,lar Gv Ew,lsl Gv Ew
05 syscall,clts,sysret,invd,wbinvd
0b ud2
0d @0f0d Ms
10 movups V Wx|movupd V Wx|movss V Wd|movsd V Wq,movups Wx V|movupd Wx V|movss Wd V|movsd Wq V
12 movlps V Mq|movlpd V Mq|movsldup V Wx|movddup V Wq,movlps Mq V|movlpd Mq V
14 unpcklps V Wx|unpcklpd V Wx,unpckhps V Wx|unpckhpd V Wx
16 movhps V Mq|movhpd V Mq|movshdup V Wx,movhps Mq V|movhpd Mq V
18 @0f18 Ms,nop Ev,nop Ev,nop Ev,nop Ev,nop Ev,nop Ev,nop Ev
20 mov Rq C,mov Rq D,mov C Rq,mov D Rq
28 movaps V Wx|movapd V Wx,movaps Wx V|movapd Wx V
2a cvtpi2ps V Qq|cvtpi2pd V Qq|cvtsi2ss V Ey|cvtsi2sd V Ey,movntps Mx V|movntpd Mx V
2c cvttps2pi P Wq|cvttpd2pi P Wx|cvttss2si Gy Wd|cvttsd2si Gy Wq
2d cvtps2pi P Wq|cvtpd2pi P Wx|cvtss2si Gy Wd|cvtsd2si Gy Wq
2e ucomiss V Wd|ucomisd V Wq,comiss V Wd|comisd V Wq
30 wrmsr,rdtsc,rdmsr,rdpmc,sysenter,sysexit
50 movmskps Gd U|movmskpd Gd U
5a cvtps2pd V Wq|cvtpd2ps V Wx|cvtss2sd V Wd|cvtsd2ss V Wq
5b cvtdq2ps V Wx|cvtps2dq V Wx|cvttps2dq V Wx
60 ~punpcklbw,~punpcklwd,~punpckldq,~packsswb,~pcmpgtb,~pcmpgtw,~pcmpgtd,~packuswb
68 ~punpckhbw,~punpckhwd,~punpckhdq,~packssdw,-|punpcklqdq V Wx,-|punpckhqdq V Wx
6e movd P Ey|movd V Ey,movq P Qq|movdqa V Wx|movdqu V Wx
70 pshufw P Qq Ib|pshufd V Wx Ib|pshufhw V Wx Ib|pshuflw V Wx Ib
71 @71 N Iu|@71 U Iu,@72 N Iu|@72 U Iu,@73 N Iu|@73 U Iu
74 ~pcmpeqb,~pcmpeqw,~pcmpeqd,emms
7c -|haddpd V Wx|-|haddps V Wx,-|hsubpd V Wx|-|hsubps V Wx
7e movd Ey P|movd Ey V|movq V Wq,movq Qq P|movdqa Wx V|movdqu Wx V
a0 push fs,pop fs,cpuid,bt Ev Gv,shld Ev Gv Ib,shld Ev Gv cl
a8 push gs,pop gs,rsm,bts Ev Gv,shrd Ev Gv Ib,shrd Ev Gv cl,@0fae M,imul Gv Ev
b0 cmpxchg Eb Gb,cmpxchg Ev Gv
b3 btr Ev Gv
b6 movzx Gv Eb,movzx Gv Ew,-|-|popcnt Gv Ev,ud1 Gv Ev,@bt Ev Ib,btc Ev Gv
bc bsf Gv Ev|bsf Gv Ev|tzcnt Gv Ev,bsr Gv Ev|bsr Gv Ev|lzcnt Gv Ev,movsx Gv Eb,movsx Gv Ew
c0 xadd Eb Gb,xadd Ev Gv,cmpps V Wx Ib|cmppd V Wx Ib|cmpss V Wd Ib|cmpsd V Wq Ib,movnti My Gy
c4 pinsrw P Ew Ib|pinsrw V Ew Ib,pextrw Gd N Iu|pextrw Gd U Iu,shufps V Wx Ib|shufpd V Wx Ib,@0fc7 M
c8 bswap Zv,bswap Zv,bswap Zv,bswap Zv,bswap Zv,bswap Zv,bswap Zv,bswap Zv
d0 -|addsubpd V Wx|-|addsubps V Wx,~psrlw,~psrld,~psrlq,~paddq,~pmullw
d6 -|movq Wq V|movq2dq V N|movdq2q P U,pmovmskb Gd N|pmovmskb Gd U
d8 ~psubusb,~psubusw,~pminub,~pand,~paddusb,~paddusw,~pmaxub,~pandn
e0 ~pavgb,~psraw,~psrad,~pavgw,~pmulhuw,~pmulhw
e6 -|cvttpd2dq V Wx|cvtdq2pd V Wq|cvtpd2dq V Wx,movntq Mq P|movntdq Mx V
e8 ~psubsb,~psubsw,~pminsw,~por,~paddsb,~paddsw,~pmaxsw,~pxor
f0 -|-|-|lddqu V Mx,~psllw,~pslld,~psllq,~pmuludq,~pmaddwd,~psadbw,maskmovq P N|maskmovdqu V U
f8 ~psubb,~psubw,~psubd,~psubq,~paddb,~paddw,~paddd
` +
    packed(0x51, 'sqrt') +
    packed(0x52, 'rsqrt', 'ps ss') +
    packed(0x53, 'rcp', 'ps ss') +
    packed(0x54, 'and', 'ps pd') +
    packed(0x55, 'andn', 'ps pd') +
    packed(0x56, 'or', 'ps pd') +
    packed(0x57, 'xor', 'ps pd') +
    packed(0x58, 'add') +
    packed(0x59, 'mul') +
    packed(0x5c, 'sub') +
    packed(0x5d, 'min') +
    packed(0x5e, 'div') +
    packed(0x5f, 'max') +
    counted(0x40, (c) => `cmov${c} Gv Ev`) +
    counted(0x80, (c) => `j${c} Jz`) +
    counted(0x90, (c) => `set${c} Eb`),
)

/** Instructions after 0F 38. */
export const map38 = table(`
00 ~pshufb,~phaddw,~phaddd,~phaddsw,~pmaddubsw,~phsubw,~phsubd,~phsubsw
08 ~psignb,~psignw,~psignd,~pmulhrsw
10 -|pblendvb V Wx
14 -|blendvps V Wx,-|blendvpd V Wx
17 -|ptest V Wx
1c ~pabsb,~pabsw,~pabsd
20 -|pmovsxbw V Wq,-|pmovsxbd V Wd,-|pmovsxbq V Ww,-|pmovsxwd V Wq,-|pmovsxwq V Wd,-|pmovsxdq V Wq
28 -|pmuldq V Wx,-|pcmpeqq V Wx,-|movntdqa V Mx,-|packusdw V Wx
30 -|pmovzxbw V Wq,-|pmovzxbd V Wd,-|pmovzxbq V Ww,-|pmovzxwd V Wq,-|pmovzxwq V Wd,-|pmovzxdq V Wq
37 -|pcmpgtq V Wx,-|pminsb V Wx,-|pminsd V Wx,-|pminuw V Wx,-|pminud V Wx
3c -|pmaxsb V Wx,-|pmaxsd V Wx,-|pmaxuw V Wx,-|pmaxud V Wx,-|pmulld V Wx,-|phminposuw V Wx
db -|aesimc V Wx,-|aesenc V Wx,-|aesenclast V Wx,-|aesdec V Wx,-|aesdeclast V Wx
f0 movbe Gv Mv|movbe Gv Mv|-|crc32 Gd Eb,movbe Mv Gv|movbe Mv Gv|-|crc32 Gd Ev
f6 -|adcx Gy Ey|adox Gy Ey
`)

/** Instructions after 0F 3A. */
export const map3a = table(`
08 -|roundps V Wx Ib,-|roundpd V Wx Ib,-|roundss V Wd Ib,-|roundsd V Wq Ib
0c -|blendps V Wx Ib,-|blendpd V Wx Ib,-|pblendw V Wx Ib,~palignr Ib
14 -|pextrb Eb V Ib,-|pextrw Ew V Ib,-|pextrd Ey V Ib,-|extractps Ed V Ib
20 -|pinsrb V Eb Ib,-|insertps V Wd Ib,-|pinsrd V Ey Ib
40 -|dpps V Wx Ib,-|dppd V Wx Ib,-|mpsadbw V Wx Ib
44 -|pclmulqdq V Wx Ib
60 -|pcmpestrm V Wx Ib,-|pcmpestri V Wx Ib,-|pcmpistrm V Wx Ib,-|pcmpistri V Wx Ib
`)

/** Fused multiply-add: three operand orders; `?` is the s or d that VEX.W selects. */
const multiplyAdd = [0x90, 0xa0, 0xb0]
  .map((row, i) => {
    const names = ['fmaddsubp', 'fmsubaddp', 'fmaddp', 'fmadds', 'fmsubp', 'fmsubs', 'fnmaddp', 'fnmadds']
    const order = ['132', '213', '231'][i]
    const entry = (name: string) => {
      const stem = name.replace(/[ps]$/, order!)
      return `-|v${stem}${name.at(-1)}? V H ${name.endsWith('p') ? 'Wx' : 'Wf'}`
    }
    return `${(row + 6).toString(16)} ${[...names, 'fnmsubp', 'fnmsubs'].map(entry).join(',')}\n`
  })
  .join('')

/** VEX instructions that SSE does not have, by map 1, 2, 3. */
export const vexOnly: readonly ReadonlyMap<number, string>[] = [
  table('77 vzeroupper\n90 kmovw V Ww|kmovb V Wb'),
  table(`
0c -|vpermilps V H Wx,-|vpermilpd V H Wx,-|vtestps V Wx,-|vtestpd V Wx
16 -|vpermps V H Wx
18 -|vbroadcastss V Wd,-|vbroadcastsd V Wq,-|vbroadcastf128 V Wo
2c -|vmaskmovps V H Mx,-|vmaskmovpd V H Mx,-|vmaskmovps Mx H V,-|vmaskmovpd Mx H V
36 -|vpermd V H Wx
45 -|vpsrlvd V H Wx,-|vpsravd V H Wx,-|vpsllvd V H Wx
58 -|vpbroadcastd V Wd,-|vpbroadcastq V Wq,-|vbroadcasti128 V Wo
78 -|vpbroadcastb V Wb,-|vpbroadcastw V Ww
8c -|vpmaskmovd V H Mx
8e -|vpmaskmovd Mx H V
f2 andn Gy By Ey,@bls By Ey
f5 bzhi Gy Ey By|-|pext Gy By Ey|pdep Gy By Ey
f6 -|-|-|mulx Gy By Ey
f7 bextr Gy Ey By|shlx Gy Ey By|sarx Gy Ey By|shrx Gy Ey By
${multiplyAdd}`),
  table(`
00 -|vpermq V Wx Ib,-|vpermpd V Wx Ib,-|vpblendd V H Wx Ib
04 -|vpermilps V Wx Ib,-|vpermilpd V Wx Ib,-|vperm2f128 V H Wx Ib
18 -|vinsertf128 V H Wo Ib,-|vextractf128 Wo V Ib
38 -|vinserti128 V H Wo Ib,-|vextracti128 Wo V Ib
46 -|vperm2i128 V H Wx Ib
f0 -|-|-|rorx Gy Ey Ib
`),
]

/** SSE instructions whose VEX form has no third register. */
export const vexWithoutThird =
  /^(mov(?!lps|lpd|hps|hpd)|sqrtp|rsqrtp|rcpp|u?comis|cvt(?!si2|ss2sd|sd2ss)|pshuf(?!b)|lddqu|pmovmskb|ptest|pabs|pmov|round[p]|pcmp[ei]str|pextr|extractps|aesimc|phminposuw|maskmovdqu|pshufw)/

/**
 * EVEX instructions that string and memory functions use, as `mnemonic operands` by `map prefix opcode W`; prefix is
 * 0 none, 1 66, 2 F3, 3 F2. Memory operands are as wide as the vector.
 */
export const evex: Readonly<Record<string, string>> = {
  '1 0 10 0': 'vmovups V Wx',
  '1 0 11 0': 'vmovups Wx V',
  '1 1 10 1': 'vmovupd V Wx',
  '1 1 11 1': 'vmovupd Wx V',
  '1 0 28 0': 'vmovaps V Wx',
  '1 0 29 0': 'vmovaps Wx V',
  '1 1 28 1': 'vmovapd V Wx',
  '1 1 29 1': 'vmovapd Wx V',
  '1 0 2b 0': 'vmovntps Mx V',
  '1 1 6f 0': 'vmovdqa32 V Wx',
  '1 1 6f 1': 'vmovdqa64 V Wx',
  '1 1 7f 0': 'vmovdqa32 Wx V',
  '1 1 7f 1': 'vmovdqa64 Wx V',
  '1 2 6f 0': 'vmovdqu32 V Wx',
  '1 2 6f 1': 'vmovdqu64 V Wx',
  '1 2 7f 0': 'vmovdqu32 Wx V',
  '1 2 7f 1': 'vmovdqu64 Wx V',
  '1 3 6f 0': 'vmovdqu8 V Wx',
  '1 3 6f 1': 'vmovdqu16 V Wx',
  '1 3 7f 0': 'vmovdqu8 Wx V',
  '1 3 7f 1': 'vmovdqu16 Wx V',
  '1 1 e7 0': 'vmovntdq Mx V',
  '1 1 74 0': 'vpcmpeqb K H Wx',
  '1 1 75 0': 'vpcmpeqw K H Wx',
  '1 1 76 0': 'vpcmpeqd K H Wx',
  '1 1 64 0': 'vpcmpgtb K H Wx',
  '1 1 da 0': 'vpminub V H Wx',
  '1 1 de 0': 'vpmaxub V H Wx',
  '1 1 db 0': 'vpandd V H Wx',
  '1 1 db 1': 'vpandq V H Wx',
  '1 1 eb 0': 'vpord V H Wx',
  '1 1 eb 1': 'vporq V H Wx',
  '1 1 ef 0': 'vpxord V H Wx',
  '1 1 ef 1': 'vpxorq V H Wx',
  '1 1 f8 0': 'vpsubb V H Wx',
  '1 1 fa 0': 'vpsubd V H Wx',
  '1 1 fe 0': 'vpaddd V H Wx',
  '1 1 d4 1': 'vpaddq V H Wx',
  '2 1 26 0': 'vptestmb K H Wx',
  '2 2 26 0': 'vptestnmb K H Wx',
  '2 1 27 0': 'vptestmd K H Wx',
  '2 1 3a 0': 'vpminuw V H Wx',
  '2 1 3b 0': 'vpminud V H Wx',
  '2 1 29 1': 'vpcmpeqq K H Wx',
  '2 1 7a 0': 'vpbroadcastb V Rd',
  '2 1 7c 0': 'vpbroadcastd V Rd',
  '2 1 7c 1': 'vpbroadcastq V Rq',
  '3 1 25 0': 'vpternlogd V H Wx Iu',
  '3 1 25 1': 'vpternlogq V H Wx Iu',
  '3 1 3e 0': 'vpcmpub K H Wx Iu',
  '3 1 3f 0': 'vpcmpb K H Wx Iu',
  '3 1 1e 0': 'vpcmpud K H Wx Iu',
  '3 1 1f 0': 'vpcmpd K H Wx Iu',
}

/** x87 instructions with a memory operand, by opcode (D8 to DF) and reg field; `st` is st(0). */
export const x87Memory: readonly (readonly string[])[] = [
  'fadd fmul fcom fcomp fsub fsubr fdiv fdivr'.split(' ').map((name) => `${name} st Md`),
  ['fld st Md', '-', 'fst Md st', 'fstp Md st', 'fldenv M', 'fldcw Mw', 'fnstenv M', 'fnstcw Mw'],
  'fiadd fimul ficom ficomp fisub fisubr fidiv fidivr'.split(' ').map((name) => `${name} st Md`),
  ['fild st Md', 'fisttp Md st', 'fist Md st', 'fistp Md st', '-', 'fld st Mt', '-', 'fstp Mt st'],
  'fadd fmul fcom fcomp fsub fsubr fdiv fdivr'.split(' ').map((name) => `${name} st Mq`),
  ['fld st Mq', 'fisttp Mq st', 'fst Mq st', 'fstp Mq st', 'frstor M', '-', 'fnsave M', 'fnstsw Mw'],
  'fiadd fimul ficom ficomp fisub fisubr fidiv fidivr'.split(' ').map((name) => `${name} st Mw`),
  [
    'fild st Mw',
    'fisttp Mw st',
    'fist Mw st',
    'fistp Mw st',
    'fbld st Mt',
    'fild st Mq',
    'fbstp Mt st',
    'fistp Mq st',
  ],
]

/**
 * x87 instructions without a memory operand, by opcode (D8 to DF) and reg field; `st` is st(0), `Si` st(i). Names between
 * slashes are for i from 0 to 7.
 */
export const x87Registers: readonly (readonly string[])[] = [
  'fadd st Si,fmul st Si,fcom st Si,fcomp st Si,fsub st Si,fsubr st Si,fdiv st Si,fdivr st Si',
  'fld st Si,fxch st Si,fnop/-/-/-/-/-/-/-,fstpnce Si st,fchs/fabs/-/-/ftst/fxam/-/-,fld1/fldl2t/fldl2e/fldpi/fldlg2/fldln2/fldz/-,f2xm1/fyl2x/fptan/fpatan/fxtract/fprem1/fdecstp/fincstp,fprem/fyl2xp1/fsqrt/fsincos/frndint/fscale/fsin/fcos',
  'fcmovb st Si,fcmove st Si,fcmovbe st Si,fcmovu st Si,-,-/fucompp/-/-/-/-/-/-,-,-',
  'fcmovnb st Si,fcmovne st Si,fcmovnbe st Si,fcmovnu st Si,feni8087_nop/fdisi8087_nop/fnclex/fninit/fsetpm287_nop/-/-/-,fucomi st Si,fcomi st Si,-',
  'fadd Si st,fmul Si st,fcom st Si,fcomp st Si,fsubr Si st,fsub Si st,fdivr Si st,fdiv Si st',
  'ffree Si,fxch st Si,fst Si st,fstp Si st,fucom st Si,fucomp st Si,-,-',
  'faddp Si st,fmulp Si st,fcomp st Si,-/fcompp/-/-/-/-/-/-,fsubrp Si st,fsubp Si st,fdivrp Si st,fdivp Si st',
  'ffreep Si,fxch st Si,fstp Si st,fstp Si st,fnstsw ax/-/-/-/-/-/-/-,fucomip st Si,fcomip st Si,-',
].map((line) => line.split(','))

/** Instructions that a lock prefix may stand before, when their first operand is memory. */
export const lockable: ReadonlySet<string> = new Set(
  'add or adc sbb and sub xor xchg xadd cmpxchg cmpxchg8b cmpxchg16b inc dec neg not bts btr btc'.split(' '),
)
