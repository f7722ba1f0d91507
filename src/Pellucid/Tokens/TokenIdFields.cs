using System.Text;
using System.Text.Json;
using Pellucid.Files;

namespace Pellucid.Tokens;

/// <summary>Ids of special tokens in <c>config.json</c> and <c>generation_config.json</c>.
/// What these say of padding changes nothing here: nothing is padded.</summary>
/// <param name="Begin"><c>bos_token_id</c>.</param>
/// <param name="Ends"><c>eos_token_id</c>, a number or a list; null where the file does not say.</param>
internal readonly record struct TokenIdFields(int? Begin, IReadOnlyList<int>? Ends)
{
    public const string BeginField = "bos_token_id", EndField = "eos_token_id";

    private const int DeepestNesting = 64, MostEnds = 1024;

    /// <summary>Reads a file; one that is not there says nothing.</summary>
    /// <exception cref="InvalidDataException">It is not JSON, or an id is none of the model's.</exception>
    public static TokenIdFields Read(string path, int vocabularySize)
    {
        if (!File.Exists(path))
            return default;
        try
        {
            var (begin, ends) = ((int?)null, (List<int>?)null);
            var json = JsonWalk.Begin(File.ReadAllBytes(path), DeepestNesting);
            json.Enter(JsonTokenType.StartObject);
            while (json.NextField())
                if (json.ValueTextEquals(BeginField))
                    begin = Ids(ref json, path, BeginField, vocabularySize) switch
                    {
                        null => null,
                        [var one] => one,
                        _ => throw new InvalidDataException($"{path}: {BeginField} is a list; a text begins with one token"),
                    };
                else if (json.ValueTextEquals(EndField))
                    ends = Ids(ref json, path, EndField, vocabularySize);
                else
                    json.Skip();
            json.End();
            return new TokenIdFields(begin, ends is { Count: 0 } ? null : ends);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"{path}: {Excerpt.Of(error)}", error);
        }
    }

    private static List<int>? Ids(ref Utf8JsonReader json, string path, string field, int vocabularySize)
    {
        json.Read();
        if (json.TokenType == JsonTokenType.Null)
            return null;
        if (json.TokenType != JsonTokenType.StartArray)
            return [Id(ref json, path, field, vocabularySize)];
        var ids = new List<int>();
        while (json.NextElement())
            if (ids.Count < MostEnds)
                ids.Add(Id(ref json, path, field, vocabularySize));
            else
                throw new InvalidDataException($"{path}: {field} lists more than {MostEnds} tokens");
        return ids;
    }

    private static int Id(ref Utf8JsonReader json, string path, string field, int vocabularySize)
    {
        if (json.TokenType != JsonTokenType.Number || !json.TryGetInt32(out var id))
            throw new InvalidDataException(
                $"{path}: {field} is {Written(ref json)}; it can be the number of a token, a list of such, or null");
        return (uint)id < (uint)vocabularySize ? id
            : throw new InvalidDataException($"{path}: {field} is {id}, but the vocabulary has only {vocabularySize} tokens");
    }

    private static string Written(ref Utf8JsonReader json) => json.TokenType switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "a list in a list",
        JsonTokenType.String => $"the text '{Excerpt.Of(json.GetString()!)}'",
        _ => Excerpt.Of(Encoding.UTF8.GetString(json.ValueSpan)),
    };
}
