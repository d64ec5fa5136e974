package templates

import (
	"net/url"
	"testing"
	"time"

	"github.com/tidings/tidings"
)

func seoul(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Seoul")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func ministry(t testing.TB) *tidings.Site {
	t.Helper()
	return &tidings.Site{
		Names: map[string]string{"en": "Ministry of Trade, Industry and Energy", "ko": "산업통상자원부"},
		Base:  &url.URL{Scheme: "https", Host: "news.example.org"}, Language: "en", Languages: []string{"en", "ko"},
		Zone: seoul(t), Postal: map[string]string{"en": "402 Hannuri-daero, Sejong-si, 30118, Republic of Korea"},
		TagEntity: "news.example.org,2026", MailDomain: "news.example.org",
		Footer: map[string]string{"en": "Press releases may be used freely if the source is named.", "ko": "출처를 밝히면 보도자료를 자유롭게 이용하실 수 있습니다."},
	}
}

func subjects() []tidings.Topic {
	topic := func(slug, en, ko string) tidings.Topic {
		return tidings.Topic{Slug: slug, Names: map[string]string{"en": en, "ko": ko}}
	}
	return []tidings.Topic{
		topic("trade", "Trade", "통상"), topic("energy", "Energy", "에너지"),
		topic("ict", "ICT and semiconductors", "정보통신·반도체"),
		topic("supply-chains", "Supply chains and minerals", "공급망·광물"), topic("investment", "Investment", "투자"),
		topic("asean", "ASEAN", "아세안"),
	}
}

func march(t testing.TB, day, hour int) time.Time {
	return time.Date(2025, time.March, day, hour, 0, 0, 0, seoul(t))
}

func releases(t testing.TB) []tidings.Release {
	t.Helper()
	ict := tidings.Release{
		Slug: "korea-s-ict-exports-rebound-in-february", Language: "en", Title: "Korea’s ICT exports rebound in February",
		Summary: "Korea’s exports and imports of information and communications technology (ICT) goods for February 2025 " +
			"climbed 1.2 percent and 5.6 percent, respectively, to USD 16.7 billion and $10.9 billion.",
		Body: tidings.Body{HTML: `<p>February exports achieved a rebound from the downtick in January and
came in second highest for the month, with <strong>mobile phones</strong> (up 33.3 percent), computers and peripherals
(up 26.9 percent), and communications devices (up 74.1 percent) softening the fall from semiconductors.</p>
<h2>By product</h2>
<table><thead><tr><th>Product</th><th>USD billion</th><th>Change</th></tr></thead>
<tbody><tr><td>Semiconductors</td><td>9.6</td><td>−3.0 %</td></tr>
<tr><td>Mobile phones</td><td>1.0</td><td>+33.3 %</td></tr></tbody></table>
<blockquote><p>“Demand for storage devices was fuelled by wider investments in servers and datacenters.”</p></blockquote>
<h2>By destination</h2>
<ul><li>Vietnam: up 15.6 percent</li><li>United States: up 11.5 percent</li>
<li>China, including Hong Kong: down 19.6 percent</li></ul>
<p>The figures are also at <a href="https://example.org/figures">the statistics office</a>.</p>`},
		Topics: []string{"ict", "trade"}, Office: "Information and Communications Trade Division",
		Contact: tidings.Contact{Name: "Foreign Media Team", Email: "press@example.org", Phone: "+82 44 203 4062"},
		Attachments: []tidings.Attachment{
			{
				Name: "ICT exports, February 2025.pdf", URL: "https://news.example.org/files/ict.pdf",
				MediaType: "application/pdf", Size: 482_113,
			},
			{Name: "Statistics.xlsx", Hash: tidings.HashOf([]byte("statistics")), Size: 18_220},
			{
				Name: "port.jpg", Hash: tidings.HashOf([]byte("port")), MediaType: "image/jpeg", Size: 88_100,
				Cover: true, Width: 1600, Height: 900, Alt: "A container ship at the port of Busan",
			},
		},
		Published: march(t, 17, 11), Updated: march(t, 18, 9),
		Note: "The figure for Taiwan was 124.3 percent, not 24.3 percent.",
	}
	energy := tidings.Release{
		Slug: "korean-government-holds-35th-energy-commission-meeting", Language: "en",
		Title: "Korean government holds 35th Energy Commission meeting",
		Body: tidings.Body{HTML: "<p>Minister Ahn held the meeting.</p>", Text: "Minister for Trade, Industry and Energy Dukgeun Ahn " +
			"held the 35th Energy Commission meeting today for deliberation on the Government’s plans regarding energy supply and " +
			"demand during emergencies, gas safety management, and electrical safety management.\n\nMore."},
		Topics: []string{"energy"}, Published: march(t, 14, 0), Updated: march(t, 14, 0),
	}
	mongolia := tidings.Release{
		Slug: "korea-and-mongolia-bolster-cooperation-for-rare-metals", Language: "en",
		Title: "Korea and Mongolia bolster full life cycle cooperation for rare metals",
		Summary: "The second Korea-Mongolia Rare Metals Cooperation Joint Committee met in Seoul to boost bilateral cooperation " +
			"for rare metals supply chains.",
		Topics: []string{"supply-chains", "trade"}, Published: march(t, 12, 0), Updated: march(t, 12, 0),
	}
	eu := tidings.Release{
		Slug: "한-eu-자유무역협정-무역위원회", Language: "ko", Title: "제12차 한-EU 자유무역협정(FTA) 무역위원회 개최",
		Summary: "정인교 통상교섭본부장과 마로시 셰프초비치 유럽연합(EU) 통상·경제안보 집행위원은 " +
			"3월 10일 벨기에 브뤼셀에서 제12차 한-EU FTA 무역위원회를 공동 주재하고, " +
			"전기차 보조금과 시장 접근, 무역과 지속가능발전 등 여러 현안을 논의하였다.",
		Body:   tidings.Body{HTML: "<p>양측은 한-EU 디지털통상협정의 타결을 확인하였다.</p>"},
		Topics: []string{"trade"}, Office: "자유무역협정협상총괄과", Authors: []string{"김서연", "박준호"},
		Contact:   tidings.Contact{Name: "대변인실", Phone: "044-203-4000"},
		Published: march(t, 11, 0), Updated: march(t, 11, 0),
	}
	asean := tidings.Release{
		Slug: "asean-rok-think-tank-dialogue", Language: "en",
		Title: "ASEAN-ROK Think Tank Dialogue (AKTD) officially launched as platform to strengthen Korea-ASEAN economic and " +
			"trade cooperation",
		Summary: "The delegation visited Jakarta from March 6 to March 7 to attend the kickoff meeting of the dialogue.",
		Topics:  []string{"asean", "trade", "investment"}, Published: march(t, 7, 0), Updated: march(t, 7, 0),
	}
	return []tidings.Release{ict, energy, mongolia, eu, asean}
}

// pageOf is what a page has in common, with a canonical URL.
func pageOf(t testing.TB, s *Set, lang string, here Place) Page {
	t.Helper()
	site := ministry(t)
	links, err := s.FeedLinks(site, lang, tidings.Selection{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return Page{
		Site: site, Language: lang, Canonical: site.URL(), Feeds: links, Here: here, Subscribe: site.SubscribeURL(tidings.Selection{}, ""),
	}
}

// weekly is a digest with topics, releases in two languages, and more than it has room for.
func weekly(t testing.TB, lang string) *DigestMail {
	t.Helper()
	site, topics, all := ministry(t), subjects(), releases(t)
	in := func(r *tidings.Release, also ...string) MailRelease {
		m := MailRelease{Title: r.Title, URL: site.ReleaseURL(r.Slug), Lead: lead(r), Published: r.Published, Language: r.Language}
		for _, slug := range also {
			for i := range topics {
				if topics[i].Slug == slug {
					m.AlsoIn = append(m.AlsoIn, topics[i].Name(lang))
				}
			}
		}
		return m
	}
	return &DigestMail{
		Site: site, Language: lang, Cadence: tidings.Weekly, Date: march(t, 17, 8),
		Sections: []Section{
			{Topic: topics[1].Name(lang), Releases: []MailRelease{in(&all[1])}},
			{Topic: topics[0].Name(lang), Releases: []MailRelease{
				in(&all[3]), in(&all[2], "supply-chains"),
				in(&all[4], "asean", "investment"),
			}},
			{Releases: []MailRelease{in(&all[0])}},
		},
		More: 12, MoreURL: site.URL(), LeaveURL: site.LeaveURL("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
		ManageURL: site.ManageURL("BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"), Address: "reader@example.net",
	}
}

// single is the mail of one release at once.
func single(t testing.TB, lang string) *DigestMail {
	t.Helper()
	m := weekly(t, lang)
	m.Cadence, m.More, m.MoreURL, m.Address = tidings.Immediate, 0, "", ""
	m.Sections = m.Sections[2:]
	return m
}

// changes is a digest that opens with what became of earlier releases; alone, there is nothing else in it.
func changes(t testing.TB, lang string, alone bool) *DigestMail {
	t.Helper()
	m, site, all := weekly(t, lang), ministry(t), releases(t)
	of := func(r *tidings.Release, kind tidings.EntryKind, note string) MailRelease {
		return MailRelease{
			Kind: kind, Title: r.Title, URL: site.ReleaseURL(r.Slug), Note: note, Published: r.Published, Language: r.Language,
		}
	}
	corrected := of(&all[1], tidings.CorrectedEntry, "The meeting was the 35th, not the 34th.")
	withdrawn := of(&all[3], tidings.WithdrawnEntry, "통계청의 정정 발표에 따라 철회합니다.")
	withdrawn.Successor = site.ReleaseURL("ict-exports-revised")
	if alone {
		m = single(t, lang)
		m.Sections = []Section{{Changes: true, Releases: []MailRelease{corrected}}}
		return m
	}
	m.More, m.MoreURL = 0, ""
	m.Sections = []Section{{Changes: true, Releases: []MailRelease{withdrawn, corrected}}, m.Sections[2]}
	return m
}
