package enginetest

import (
	"math"
	"math/rand/v2"
)

// NoSpeech are sounds in which nobody speaks, by name, and which have led
// recognisers to write something all the same.
func NoSpeech(seconds int) map[string][]byte {
	sounds := map[string][]byte{"silence": make([]byte, seconds*32_000), "white noise": Noise(seconds), "tone": Tone(seconds)}
	for name, at := range noSpeech() {
		sounds[name] = synthesize(seconds, at)
	}
	return sounds
}

// noSpeech are the sounds that are made sample by sample, in order.
func noSpeech() map[string]func(int) float64 {
	sine := func(hertz float64, i int) float64 { return math.Sin(2 * math.Pi * hertz * second(i)) }
	return map[string]func(int) float64{
		"pink noise": pink(1, 0.3),
		"faint noise, amplified": func() func(int) float64 {
			faint := pink(2, 0.0005)
			return func(i int) float64 { return math.Round(faint(i)*32767) / 32767 * 200 } // its steps are heard
		}(),
		"mains hum": func(i int) float64 { return 0.3*sine(50, i) + 0.15*sine(100, i) + 0.1*sine(150, i) },
		"dialling": func(i int) float64 {
			key := i / 4800
			if i%4800 > 3200 {
				return 0
			}
			return 0.25*sine([]float64{697, 770, 852, 941}[key%4], i) + 0.25*sine([]float64{1209, 1336, 1477}[key%3], i)
		},
		"ringing": func(i int) float64 {
			if math.Mod(second(i), 4) > 1.5 {
				return 0
			}
			return 0.25*sine(440, i) + 0.25*sine(480, i)
		},
		"sweep": func(i int) float64 { return 0.3 * math.Sin(2*math.Pi*(100+50*second(i))*second(i)) },
		"siren": func(i int) float64 {
			return 0.3 * math.Sin(2*math.Pi*700*second(i)-100*math.Cos(2*math.Pi*0.3*second(i)))
		},
		"chord": func(i int) float64 {
			return 0.12 * (sine(220, i) + sine(277.2, i) + sine(329.6, i) + sine(440, i)) * (0.6 + 0.4*sine(0.5, i))
		},
		"melody":   func(i int) float64 { return note(i, 0.25, []float64{0, 4, 7, 12, 7, 4, 9, 5}) },
		"slow air": func(i int) float64 { return note(i, 0.8, []float64{0, 2, 4, 5, 7, 5, 2, 0}) },
		"clicks": func(i int) float64 {
			if i%8000 > 48 {
				return 0
			}
			return 0.8 * sine(1000, i)
		},
		"clapping": func() func(int) float64 {
			random := rand.New(rand.NewPCG(3, 3))
			return func(i int) float64 {
				return 0.6 * math.Exp(-40*math.Mod(second(i), 0.41)) * (2*random.Float64() - 1)
			}
		}(),
		"breath": func() func(int) float64 {
			air := pink(4, 0.5)
			return func(i int) float64 { return air(i) * math.Pow(max(0, sine(0.3, i)), 2) }
		}(),
	}
}

func second(i int) float64 { return float64(i) / 16_000 }

// pink is noise with less of the high tones (Paul Kellet's filter).
func pink(seed uint64, level float64) func(int) float64 {
	random := rand.New(rand.NewPCG(seed, seed))
	var a, b, c float64
	return func(int) float64 {
		white := random.NormFloat64()
		a = 0.99765*a + white*0.0990460
		b = 0.96300*b + white*0.2965164
		c = 0.57000*c + white*1.0526913
		return level * (a + b + c + white*0.1848) / 6
	}
}

// note plays a plucked string, so many seconds a step of the scale.
func note(i int, length float64, scale []float64) float64 {
	step, within := math.Modf(second(i) / length)
	hertz := 196 * math.Pow(2, scale[int(step)%len(scale)]/12)
	sound := 0.0
	for overtone := 1.0; overtone <= 4; overtone++ {
		sound += math.Sin(2*math.Pi*hertz*overtone*second(i)) / overtone
	}
	return 0.25 * sound * math.Exp(-3*within*length) * (1 - math.Exp(-100*within*length))
}

// Among puts speech between two stretches of a sound, at a fifth of its level.
func Among(speech, noise []byte) []byte {
	mixed := make([]byte, 0, len(speech)+2*len(noise))
	mixed = append(mixed, quieter(noise)...)
	mixed = append(mixed, speech...)
	return append(mixed, quieter(noise)...)
}

func quieter(pcm []byte) []byte {
	out := make([]byte, len(pcm))
	for i := 0; i+1 < len(pcm); i += 2 {
		sample := int16(uint16(pcm[i])|uint16(pcm[i+1])<<8) / 5
		out[i], out[i+1] = byte(uint16(sample)), byte(uint16(sample)>>8)
	}
	return out
}
