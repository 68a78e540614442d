/** The picture Ada uploads: what a customer of the shop saw. Drawn here, so that the repository carries no binary for it. */

import { fileURLToPath } from 'node:url';
import { Resvg } from '@resvg/resvg-js';

const FONTS = ['Inter_400Regular.ttf', 'Inter_600SemiBold.ttf'].map((name) => fileURLToPath(new URL(`../../../assets/fonts/${name}`, import.meta.url)));

export function screenshot(): Uint8Array {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="760" height="420" font-family="Inter">
<rect width="760" height="420" rx="10" fill="#fff" stroke="#d5d7db"/>
<path d="M0 10a10 10 0 0 1 10-10h740a10 10 0 0 1 10 10v34H0z" fill="#eceef1"/>
<circle cx="22" cy="22" r="6" fill="#ff5f57"/><circle cx="42" cy="22" r="6" fill="#febc2e"/><circle cx="62" cy="22" r="6" fill="#28c840"/>
<rect x="90" y="10" width="580" height="24" rx="12" fill="#fff"/><text x="106" y="27" font-size="13" fill="#5f6368">https://shop.example.com/checkout</text>
<text x="380" y="170" font-size="64" font-weight="600" text-anchor="middle" fill="#1d1c1d">500</text>
<text x="380" y="214" font-size="22" text-anchor="middle" fill="#1d1c1d">Something went wrong with your order</text>
<text x="380" y="248" font-size="15" text-anchor="middle" fill="#5f6368">TypeError: Cannot read properties of undefined (reading 'total')</text>
<rect x="300" y="286" width="160" height="44" rx="8" fill="#6e56cf"/><text x="380" y="314" font-size="16" font-weight="600" text-anchor="middle" fill="#fff">Try again</text>
</svg>`;
  return new Resvg(svg, { font: { fontFiles: FONTS, loadSystemFonts: false, defaultFontFamily: 'Inter' } }).render().asPng();
}
