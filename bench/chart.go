// This file owns the chart: for each result that has a limit, a bar of ours beside that of the limit, as SVG.

package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
)

// The measures of the chart, in pixels.
const (
	chartWidth  = 920
	chartTop    = 64
	chartRow    = 40
	chartLabel  = 380 // where the bars begin
	chartBars   = 360 // the longest bar
	chartBottom = 12
)

// chart draws the results. The longer of a row's two bars has the full length: rows have different units.
func (r Report) chart() []byte {
	var rows []Result
	for _, result := range r.Results {
		if result.Limit > 0 {
			rows = append(rows, result)
		}
	}
	height := chartTop + chartRow*len(rows) + chartBottom
	var out bytes.Buffer
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="system-ui, sans-serif" font-size="12" role="img">`+"\n",
		chartWidth, height)
	fmt.Fprintf(&out, `<rect width="%d" height="%d" fill="#fff"/>`+"\n", chartWidth, height)
	text := func(x, y int, attributes, content string) {
		fmt.Fprintf(&out, `<text x="%d" y="%d"%s>%s</text>`+"\n", x, y, attributes, escaped(content))
	}
	text(12, 22, ` font-size="15" font-weight="600"`, "Ours beside the limit that was measured in the same run")
	text(12, 42, ` fill="#555"`, r.title())
	for i, result := range rows {
		y := chartTop + chartRow*i
		longest := max(result.Value, result.Limit)
		text(12, y+13, "", result.Name)
		text(12, y+27, ` fill="#777" font-size="10"`, result.legend())
		bar := func(y int, colour string, value float64) {
			length := int(chartBars * value / longest)
			fmt.Fprintf(&out, `<rect x="%d" y="%d" width="%d" height="12" fill="%s"/>`+"\n", chartLabel, y, max(1, length), colour)
			text(chartLabel+length+6, y+10, ` font-size="11"`, figure(value))
		}
		bar(y+2, "#2563eb", result.Value)
		bar(y+16, "#b8c0cc", result.Limit)
		text(chartWidth-12, y+19, ` text-anchor="end" font-weight="600"`, "× "+figure(result.Ratio))
	}
	out.WriteString("</svg>\n")
	return out.Bytes()
}

// legend says how the bars are read.
func (r Result) legend() string {
	unit := r.Unit
	if r.lessIsBetter() {
		unit += ", less is better"
	}
	return fmt.Sprintf("%s; sync: %s; beside %s", unit, r.Mode, r.Against)
}

func escaped(text string) string {
	var out bytes.Buffer
	_ = xml.EscapeText(&out, []byte(text)) // a buffer takes everything
	return out.String()
}
