// Slack's short names (the common ones, and every one an incident tool is likely to use).
const TABLE = [
  '+1 👍|-1 👎|thumbsup 👍|thumbsdown 👎|ok_hand 👌|clap 👏|wave 👋|raised_hands 🙌|pray 🙏|muscle 💪|point_right 👉|point_left 👈|point_up ☝️',
  'point_down 👇|raised_hand ✋|eyes 👀|handshake 🤝|writing_hand ✍️',
  'smile 😄|grinning 😀|slightly_smiling_face 🙂|simple_smile 🙂|joy 😂|wink 😉|thinking_face 🤔|sweat_smile 😅|sob 😭|scream 😱|sunglasses 😎',
  'neutral_face 😐|confused 😕|worried 😟|tired_face 😫|sleeping 😴|exploding_head 🤯|see_no_evil 🙈|robot_face 🤖|ghost 👻|skull 💀',
  'red_circle 🔴|large_orange_circle 🟠|large_yellow_circle 🟡|large_green_circle 🟢|large_blue_circle 🔵|large_purple_circle 🟣',
  'white_circle ⚪|black_circle ⚫|red_square 🟥|large_orange_square 🟧|large_yellow_square 🟨|large_green_square 🟩|large_blue_square 🟦',
  'white_large_square ⬜|black_large_square ⬛|large_orange_diamond 🔶|large_blue_diamond 🔷|small_orange_diamond 🔸|small_blue_diamond 🔹',
  'small_red_triangle 🔺|small_red_triangle_down 🔻',
  'white_check_mark ✅|heavy_check_mark ✔️|ballot_box_with_check ☑️|x ❌|negative_squared_cross_mark ❎|warning ⚠️|rotating_light 🚨',
  'no_entry ⛔|no_entry_sign 🚫|octagonal_sign 🛑|stop_sign 🛑|construction 🚧|exclamation ❗|heavy_exclamation_mark ❗|grey_exclamation ❕',
  'bangbang ‼️|question ❓|grey_question ❔|information_source ℹ️|sos 🆘|bell 🔔|no_bell 🔕|mega 📣|loudspeaker 📢|speech_balloon 💬|zzz 💤',
  'boom 💥|fire 🔥|fire_engine 🚒|fire_extinguisher 🧯|ambulance 🚑|helmet_with_white_cross ⛑️|ring_buoy 🛟',
  'rewind ⏪|fast_forward ⏩|arrow_forward ▶️|arrow_backward ◀️|double_vertical_bar ⏸️|pause_button ⏸️|black_square_for_stop ⏹️',
  'track_next ⏭️|track_previous ⏮️|arrow_up ⬆️|arrow_down ⬇️|arrow_left ⬅️|arrow_right ➡️|arrow_upper_right ↗️|arrow_lower_right ↘️',
  'leftwards_arrow_with_hook ↩️|arrow_right_hook ↪️|repeat 🔁|arrows_counterclockwise 🔄|arrows_clockwise 🔃|back 🔙|end 🔚|soon 🔜|new 🆕',
  'free 🆓|up 🆙|ok 🆗',
  'hourglass ⌛|hourglass_flowing_sand ⏳|stopwatch ⏱️|timer_clock ⏲️|alarm_clock ⏰|clock1 🕐|clock3 🕒|watch ⌚|calendar 📅|date 📅',
  'spiral_calendar_pad 🗓️',
  'pushpin 📌|round_pushpin 📍|paperclip 📎|link 🔗|bookmark 🔖|label 🏷️|memo 📝|pencil 📝|pencil2 ✏️|clipboard 📋|page_facing_up 📄',
  'page_with_curl 📃|scroll 📜|book 📖|books 📚|notebook 📓|file_folder 📁|open_file_folder 📂|card_index_dividers 🗂️|wastebasket 🗑️',
  'inbox_tray 📥|outbox_tray 📤|package 📦|email 📧|envelope ✉️|mailbox 📫|newspaper 📰|camera 📷|camera_with_flash 📸|frame_with_picture 🖼️',
  'mag 🔍|mag_right 🔎|microscope 🔬|telescope 🔭|bar_chart 📊|chart_with_upwards_trend 📈|chart_with_downwards_trend 📉|thermometer 🌡️',
  'satellite_antenna 📡|triangular_flag_on_post 🚩|checkered_flag 🏁|white_flag 🏳️',
  'lock 🔒|unlock 🔓|key 🔑|closed_lock_with_key 🔐|shield 🛡️|wrench 🔧|hammer 🔨|hammer_and_wrench 🛠️|gear ⚙️|nut_and_bolt 🔩|toolbox 🧰',
  'electric_plug 🔌|battery 🔋|bulb 💡|flashlight 🔦|computer 💻|desktop_computer 🖥️|iphone 📱|telephone_receiver 📞|pager 📟|floppy_disk 💾',
  'bug 🐛|ladybug 🐞|test_tube 🧪|dart 🎯|recycle ♻️|traffic_light 🚦|vertical_traffic_light 🚦|rocket 🚀|airplane ✈️|ship 🚢|anchor ⚓',
  'house 🏠|office 🏢|hospital 🏥|shopping_trolley 🛒|credit_card 💳|moneybag 💰',
  'tada 🎉|confetti_ball 🎊|trophy 🏆|first_place_medal 🥇|star ⭐|sparkles ✨|zap ⚡|snowflake ❄️|sunny ☀️|cloud ☁️|rain_cloud 🌧️|rainbow 🌈',
  'seedling 🌱|herb 🌿|four_leaf_clover 🍀|coffee ☕|cake 🍰|heart ❤️|green_heart 💚|blue_heart 💙|purple_heart 💜|100 💯|bust_in_silhouette 👤',
  'busts_in_silhouette 👥|crown 👑|firefighter 🧑‍🚒|female-firefighter 👩‍🚒|male-firefighter 👨‍🚒|technologist 🧑‍💻|construction_worker 👷',
  'sleuth_or_spy 🕵️|hash #️⃣|one 1️⃣|two 2️⃣|three 3️⃣|four 4️⃣|five 5️⃣|six 6️⃣|seven 7️⃣|eight 8️⃣|nine 9️⃣|keycap_ten 🔟',
  'globe_with_meridians 🌐|earth_africa 🌍|brain 🧠|person_running 🏃|runner 🏃|crystal_ball 🔮|performing_arts 🎭|game_die 🎲',
];

const EMOJI: ReadonlyMap<string, string> = new Map(
  TABLE.flatMap((row) => row.split('|')).map((entry) => {
    const space = entry.indexOf(' ');
    return [entry.slice(0, space), entry.slice(space + 1)] as const;
  }),
);

/** The sign for a short name such as `red_circle`; skin tones are dropped; undefined when the name is not known. */
export function emoji(name: string): string | undefined {
  return EMOJI.get(name.replace(/::skin-tone-\d$/, ''));
}

/** `:rocket:` becomes 🚀; unknown names stay as they were typed. */
export function withEmoji(text: string): string {
  return text.replace(/:([a-z0-9_+-]+(?:::skin-tone-\d)?):/g, (whole, name: string) => emoji(name) ?? whole);
}
