package wire

// Peaks are the waveform of a recording.
type Peaks struct {
	Data []int `json:"data" nullable:"false" doc:"How loud each part of the sound is, from its beginning to its end: 0 to 255"`
}

// Peaks shows a waveform.
func (Maker) Peaks(peaks []byte) Peaks {
	data := make([]int, len(peaks))
	for i, p := range peaks {
		data[i] = int(p)
	}
	return Peaks{Data: data}
}
