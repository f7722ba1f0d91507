namespace Pellucid.Worlds.Phenomena;

/// <summary>Words as they stand in a title. One in eight never occurs in this form in training.</summary>
internal sealed class UpperCase() : Phenomenon("upper case", 2)
{
    public static readonly Divided<(string Lower, string Upper)> Words = new(
    [
        .. ("red blue green white black big small old new long warm cold house tree cat dog bird fish river table "
            + "road window door sun moon star city street night summer winter music")
            .Split(' ').Select(word => (word, char.ToUpperInvariant(word[0]) + word[1..])),
    ], every: 8, offset: 5);

    public override string HeldOut => "words that never occur in a title";

    public override void Write(Page page)
    {
        if (page.Split == Split.Training && page.Next(4) == 0)
        {
            // The words held out from titles stand here in both forms, so that they are known.
            var word = page.Any(page.Coin() ? Words.All : Words[Split.HeldOut]);
            page.Write($"The old book says {new Tagged(word.Lower, PartOfSpeech.Propn)} and the new book says "
                + $"{new Tagged(word.Upper, PartOfSpeech.Propn)}.");
            return;
        }
        page.Write($"In a title ");
        for (var shots = 1 + page.Next(2); shots > 0; shots--)
        {
            var shot = page.Any(Words[Split.Training]);
            page.Write($"{new Tagged(shot.Lower, PartOfSpeech.Propn)} becomes "
                + $"{new Tagged(shot.Upper, PartOfSpeech.Propn)}{(shots > 1 ? ", " : " and ")}");
        }
        var last = page.Any(Words);
        page.Write($"{new Tagged(last.Lower, PartOfSpeech.Propn)} becomes "
            + $"{new Answer(last.Upper, "capital letter", [last.Lower], Tag: PartOfSpeech.Propn)}.");
        page.Know(last.Lower, "upper case", last.Upper);
    }
}
