// This file owns what a diagram of a program consists of, whatever language it is written in.

package draw

// sketch is a diagram: boxes in frames, and arrows between them. Its size is linear in that of the program.
type sketch struct {
	boxes  []box
	arrows []arrow
	drawn  map[arrow]bool
	frames int
}

// shape says what a box stands for.
type shape uint8

const (
	taskShape   shape = iota
	switchShape       // a choice of the arrows that lead away
	joinShape         // where ways meet: all, any, or the end of a switch
)

type box struct {
	shape shape
	text  string
}

// arrow leads from one box to another, by their places in boxes. Its text may be empty.
type arrow struct {
	from, to int
	text     string
}

// frame is the inside of a loop, or the whole diagram.
type frame struct {
	number int // from 1; the whole has 0
	text   string
	boxes  []int
	frames []*frame
}

// way is the end of a part that another one may follow on: a box, and the text of the arrow.
type way struct {
	from int
	text string
}
