// Bodies of webhooks: Mayday's own JSON, Slack's, and that of Teams. Names come from strangers, so nothing in them is markup.
import { alertRuleNames } from '../../../shared/alerts/alert.ts'
import type { DestinationKind } from './destinations.ts'
import { type Message, type MessageAlert, moreText } from './message.ts'

export const webhookBody = (kind: Exclude<DestinationKind, 'mail'>, message: Message): object =>
  bodies[kind](message)

const bodies = { json: ownBody, slack: slackBody, teams: teamsBody } as const

/** `version` increases when a field changes its meaning. */
function ownBody({ id, subject, alerts, more, dashboard, isTest }: Message): object {
  return {
    ...{ version: 1, id, test: isTest, text: subject, dashboard },
    alerts: alerts.map(({ alert, text, url }) => ({ ...alert, text, url })),
    more,
  }
}

/** Least common form of Slack, Mattermost and others: https://api.slack.com/reference/surfaces/formatting */
function slackBody(message: Message): object {
  const { alerts, isTest } = message
  const lines = alerts.map(
    ({ product, text, url }) =>
      `• ${url === null ? slack(product) : `<${slackUrl(url)}|${slack(product)}>`}: ${slack(text)}`,
  )
  const more = moreText(message)
  return {
    text: [...(isTest ? ['Test message'] : []), ...lines, ...(more === null ? [] : [more])].join('\n'),
    unfurl_links: false,
  }
}

/** Names begin no markup: a zero-width space follows the characters that would. */
const slack = (text: string) =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[*_~`]/g, '$&\u200b')
const slackUrl = (url: string) => url.replace(/[<>|]/g, encodeURIComponent)

/** An Adaptive Card, for Workflows; text runs have no markup: https://adaptivecards.io/explorer/TextRun.html */
function teamsBody(message: Message): object {
  const { alerts, isTest } = message
  const more = moreText(message)
  const block = (text: string, weight: object = {}) => ({
    ...{ type: 'RichTextBlock', inlines: [{ type: 'TextRun', text, ...weight }] },
  })
  const body = [
    ...(isTest ? [block('Test message')] : []),
    ...alerts.map(teamsAlert),
    ...(more === null ? [] : [block(more)]),
  ]
  const card = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
  }
  const content = { ...card, msteams: { width: 'Full' }, body }
  return {
    type: 'message',
    attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }],
  }
}

function teamsAlert({ alert, product, text, url }: MessageAlert): object {
  const link = url === null ? {} : { selectAction: { type: 'Action.OpenUrl', url } }
  return {
    type: 'RichTextBlock',
    inlines: [
      { type: 'TextRun', text: `${alertRuleNames[alert.rule]} `, isSubtle: true },
      { type: 'TextRun', text: `${product}: `, weight: 'Bolder' },
      { type: 'TextRun', text, ...link },
    ],
  }
}
