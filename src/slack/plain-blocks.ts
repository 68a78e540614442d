/** The same message in blocks that every Slack client has known for years: what we send when the newer ones are refused. */
import type { PlanBlock, TableBlock } from '@slack/types';
import { bold, type Escaped, escapeLine, joined, md } from './escape.ts';
import type { Block } from './view.ts';
import { section, taskWord } from './view-parts.ts';

export function plainBlocks(blocks: readonly Block[]): readonly Block[] {
  return blocks.flatMap((block): Block[] => {
    switch (block.type) {
      case 'plan':
        return [section(planText(block))];
      case 'image':
        // A picture Slack cannot show (still being processed, or gone) must not cost the message.
        return 'slack_file' in block ? [section(escapeLine(block.alt_text, 2000))] : [block];
      case 'table':
        return [section(tableText(block))];
      case 'header':
      case 'section':
      case 'context':
      case 'actions':
      case 'divider':
        return [block];
      default:
        return [];
    }
  });
}

function planText(block: PlanBlock): Escaped {
  const tasks = (block.tasks ?? []).map((task) => md`${taskWord(task.status)} ${escapeLine(String(task.title), 200)}`);
  return joined([bold(escapeLine(block.title, 200)), ...tasks], '\n');
}

/** A line per row; the first holds the names of the columns. */
function tableText({ rows }: TableBlock): Escaped {
  const lines = rows.map((cells) => escapeLine(cells.map((cell) => ('text' in cell ? cell.text : '')).join(' | '), 300));
  return joined([...lines.slice(0, 1).map(bold), ...lines.slice(1)], '\n');
}
