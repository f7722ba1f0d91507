namespace Pellucid.Worlds.Phenomena;

/// <summary>What is meant by a word with two senses, said after its sentence:
/// other things by unrelated senses, the same by related ones.</summary>
internal sealed class Meanings() : Phenomenon("meanings", 6)
{
    private static readonly Dictionary<string, string> Told = new()
    {
        ["bank: money"] = "keeps the money of the people", ["bank: river"] = "is wet and green",
        ["bat: animal"] = "lives in a cave", ["bat: club"] = "is made of wood",
        ["crane: bird"] = "has white wings", ["crane: machine"] = "is made of steel",
        ["match: fire"] = "was in a box", ["match: game"] = "was long and fair",
        ["magazine: copy"] = "tells of music and pictures", ["magazine: company"] = "tells of music and pictures",
        ["newspaper: copy"] = "tells of sports and bad news", ["newspaper: company"] = "tells of sports and bad news",
        ["chicken: animal"] = "is from the farm", ["chicken: food"] = "is from the farm",
    };

    public override void Write(Page page)
    {
        var (word, sense) = Senses.WriteSentence(page);
        if (Told.TryGetValue(sense, out var told))
            page.Write($" The {new Sensed(word, sense)} {new Answer(told, "meaning")}.");
    }
}
