package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// What the archive is made of. Words come as often as words do: the first ones in most releases, the last ones seldom.
const (
	koreanWords = "수출 산업 에너지 정부 지원 기업 시장 투자 협력 기술 정책 통상 자원 경제 회의 개최 추진 계획 강화 확대 분야 국내 해외 세계 미국 " +
		"중국 일본 유럽 반도체 배터리 자동차 조선 철강 석유 화학 전력 원전 수소 태양광 풍력 가스 수입 관세 협정 협상 규제 개선 혁신 인력 양성 " +
		"교육 연구 개발 성과 발표 보고 점검 현장 방문 장관 차관 위원 대표 간담 논의 합의 체결 서명 참석 행사 전시 박람 공급 안정 물가 가격 " +
		"소비 생산 고용 지역 균형 발전 도시 농촌 수산 해양 항만 물류 철도 항공 우주 통신 보안 안전 재난 환경 기후 탄소 감축 중립 전환 녹색 " +
		"금융 세제 예산 법률 개정 시행 제도 기준 표준 인증 특허 지식 재산 문화 관광 체육 보건 의료 복지 가족 청년 여성 노인 장애 주택 교통 " +
		"도로 건설 부동산 토지 하천 산림 동물 식물 식품 의약 화장 섬유 패션 가구 기계 로봇 인공 지능 데이터 플랫폼 게임 영상 음악 출판 예술 " +
		"체계 구축 운영 관리 평가 심사 선정 공모 접수 모집 안내 결과 전망 분석 통계 지표 조사 실태 현황 과제 전략 방안 대책 종합 기본 세부"
	englishWords = "exports industry energy government support companies market investment cooperation technology policy trade resources economy " +
		"meeting plan expansion sector domestic overseas semiconductor battery vehicle shipbuilding steel petroleum chemical power nuclear hydrogen " +
		"solar wind gas imports tariff agreement negotiation regulation reform innovation workforce training research development results report " +
		"inspection minister delegation council discussion signing exhibition supply stability prices consumption production employment regional " +
		"balance growth port logistics railway aviation space telecommunications security safety disaster environment climate carbon reduction " +
		"neutrality transition finance tax budget law amendment enforcement standard certification patent culture tourism health welfare youth " +
		"housing transport construction forest food medicine textile machinery robot intelligence data platform statistics survey strategy measures"
	topicSlugs = "energy trade industry technology finance environment transport health culture labour regions security"
)

func koreanEndings() []string {
	return []string{"을", "를", "이", "가", "은", "는", "의", "에", "과", "와", "으로", " 및", ""}
}

func koreanVerbs() []string {
	return []string{"추진한다고 밝혔다.", "논의했다.", "발표하였다.", "확대할 계획이다.", "강화하기로 했다.", "지원할 예정이라고 설명했다.", "점검했다."}
}

func englishVerbs() []string {
	return []string{"will strengthen", "discussed", "announced", "plans to expand", "agreed on", "reviewed", "said that it supports"}
}

// maker makes releases of a sequence that is always the same.
type maker struct {
	*rand.Rand
	korean, english   []string
	topics            []string
	byUse, byUseAbove *rand.Zipf
}

func newMaker() *maker {
	m := &maker{
		Rand:   rand.New(rand.NewPCG(2026, 11)), //nolint:gosec // the same every time is what it is for
		korean: strings.Fields(koreanWords), english: strings.Fields(englishWords), topics: strings.Fields(topicSlugs),
	}
	m.byUse = rand.NewZipf(m.Rand, 1.05, 20, uint64(len(m.korean)-1))
	m.byUseAbove = rand.NewZipf(m.Rand, 1.05, 20, uint64(len(m.english)-1))
	return m
}

// line is a release as tidings import reads it.
type line struct {
	ID       string   `json:"id"`
	Slug     string   `json:"slug"`
	Title    string   `json:"title"`
	Summary  string   `json:"summary"`
	Body     string   `json:"body"`
	Date     string   `json:"date"`
	Language string   `json:"language"`
	Topics   []string `json:"topics"`
	Office   string   `json:"office"`
	Authors  []string `json:"authors"`
}

// The years that the archive is of.
func firstDay() time.Time { return time.Date(2014, 11, 1, 0, 0, 0, 0, time.UTC) }

func writeReleases(w *bufio.Writer, n int) error {
	m, enc := newMaker(), json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	const years = 12 * 365 * 24 * time.Hour
	for i := range n {
		at := firstDay().Add(years / time.Duration(n) * time.Duration(i)).Truncate(time.Second)
		if err := enc.Encode(m.release(i, at)); err != nil {
			return err
		}
	}
	return nil
}

// release is one of them: five of eight are in Korean.
func (m *maker) release(i int, at time.Time) line {
	l := line{
		ID: fmt.Sprint("bench-", i), Slug: fmt.Sprint("release-", i), Date: at.Format(time.RFC3339),
		Topics: []string{m.topics[m.IntN(len(m.topics))]},
	}
	if other := m.topics[m.IntN(len(m.topics))]; other != l.Topics[0] && m.IntN(2) == 0 {
		l.Topics = append(l.Topics, other)
	}
	sentence := m.koreanSentence
	if m.IntN(8) < 5 {
		l.Language, l.Office, l.Authors = "ko", m.korean[m.IntN(20)]+"정책과", []string{"김" + m.korean[m.IntN(9)]}
		l.Title = m.koreanWord() + m.koreanWord() + " " + m.koreanWord() + " " + m.koreanWord()
	} else {
		sentence = m.englishSentence
		l.Language, l.Office, l.Authors = "en", "Division of "+m.english[m.IntN(20)], []string{"Kim " + m.english[m.IntN(9)]}
		l.Title = "Ministry " + m.englishWord() + " " + m.englishWord() + " " + m.englishWord()
	}
	l.Summary = sentence()
	var body strings.Builder
	for range 4 + m.IntN(8) {
		for range 2 + m.IntN(4) {
			body.WriteString(sentence() + " ")
		}
		body.WriteString("\n\n")
	}
	l.Body = body.String()
	return l
}

func (m *maker) koreanWord() string  { return m.korean[m.byUse.Uint64()] }
func (m *maker) englishWord() string { return m.english[m.byUseAbove.Uint64()] }

func (m *maker) koreanSentence() string {
	var b strings.Builder
	for range 4 + m.IntN(8) {
		b.WriteString(m.koreanWord())
		if m.IntN(3) == 0 { // words are often put together
			b.WriteString(m.koreanWord())
		}
		b.WriteString(koreanEndings()[m.IntN(len(koreanEndings()))] + " ")
	}
	return b.String() + koreanVerbs()[m.IntN(len(koreanVerbs()))]
}

func (m *maker) englishSentence() string {
	var b strings.Builder
	b.WriteString("The ministry " + englishVerbs()[m.IntN(len(englishVerbs()))])
	for range 3 + m.IntN(6) {
		b.WriteString(" the " + m.englishWord() + " " + m.englishWord() + " of")
	}
	return b.String() + " " + m.englishWord() + "."
}

// writeWords writes words of two syllables that releases have, the frequent and the seldom alike.
func writeWords(w *bufio.Writer, n int) error {
	for _, word := range strings.Fields(koreanWords) {
		if len([]rune(word)) != 2 {
			continue
		}
		if n--; n < 0 {
			break
		}
		if _, err := fmt.Fprintln(w, word); err != nil {
			return err
		}
	}
	return nil
}
