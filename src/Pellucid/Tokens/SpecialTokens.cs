using System.Text.Json;
using Pellucid.Files;

namespace Pellucid.Tokens;

/// <summary>Which tokens begin and end texts, as a model's files tell.</summary>
public sealed record SpecialTokens
{
    /// <summary>A model's own defaults for writing, where its ends stand too.</summary>
    public const string GenerationFile = "generation_config.json";

    /// <summary>For models without any.</summary>
    public static SpecialTokens None { get; } = new();

    /// <summary>What a model meets at the start of a text: its begin token, or else what stands between texts.</summary>
    public int? Begin { get; init; }

    /// <summary>Whether <see cref="Begin"/> stands before every prompt, unless one says otherwise.</summary>
    public bool AddsBegin { get; init; }

    /// <summary>Tokens that end a text and are no part of it; <see cref="Separator"/> is the first where there is one.</summary>
    public IReadOnlyList<int> Ends { get; init; } = [];

    /// <summary>What stands between documents: the tokenizer's own end.</summary>
    public int? Separator { get; init; }

    /// <summary>What a tokenizer tells by itself, without files beside it.</summary>
    public static SpecialTokens Of(Tokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        var (front, end) = (tokenizer.Front.Cast<int?>().FirstOrDefault(), tokenizer.EndOfText);
        return front is null && end is null ? None
            : new SpecialTokens
            {
                Begin = front ?? end,
                AddsBegin = front is not null,
                Ends = end is { } one ? [one] : [],
                Separator = end,
            };
    }

    /// <summary>
    /// Reads those of a folder. A text ends at every id that <c>generation_config.json</c> lists as <c>eos_token_id</c>, or,
    /// without such a list, <c>config.json</c>, and at the <c>eos_token</c> of <c>tokenizer_config.json</c> or
    /// <c>special_tokens_map.json</c>; where no file names any, at <c>&lt;|endoftext|&gt;</c>.
    /// </summary>
    /// <param name="folder">Of a model or a tokenizer.</param>
    /// <param name="tokenizer">Knows the tokens that files call by their texts.</param>
    /// <param name="vocabularySize">V: no id may lie beyond the model's tokens.</param>
    /// <exception cref="InvalidDataException">A value cannot be: the message names file, field and value.</exception>
    public static SpecialTokens Read(string folder, Tokenizer tokenizer, int vocabularySize)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        var generation = TokenIdFields.Read(Path.Combine(folder, GenerationFile), vocabularySize);
        var config = TokenIdFields.Read(Path.Combine(folder, "config.json"), vocabularySize);
        var settings = TokenizerSettings.Read(folder);
        var (bos, eos) = (settings.Find(tokenizer, settings.Begin, vocabularySize), settings.Find(tokenizer, settings.End, vocabularySize));
        var listed = generation.Ends ?? config.Ends ?? [];
        var separator = eos
            ?? (config.Ends ?? []).Where(listed.Contains).Concat(listed).Cast<int?>().FirstOrDefault() ?? tokenizer.EndOfText;
        var begin = settings.Front(tokenizer) ?? bos ?? generation.Begin ?? config.Begin ?? separator;
        settings.RequireKnown(tokenizer, begin);
        return new SpecialTokens
        {
            Begin = begin,
            AddsBegin = begin is not null && settings.AddsBegin(tokenizer),
            Ends = separator is { } first ? [first, .. listed.Where(id => id != first).Distinct()] : [],
            Separator = separator,
        };
    }

    /// <summary>A prompt's tokens.</summary>
    /// <param name="tokenizer">Cuts the text.</param>
    /// <param name="text">What is to be continued; an empty one starts from <see cref="Begin"/>.</param>
    /// <param name="begin">Whether <see cref="Begin"/> stands before the text.</param>
    /// <exception cref="ArgumentException">There is no token to begin with, or the text holds what no token stands for.</exception>
    public int[] Prompt(Tokenizer tokenizer, string text, bool begin)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length == 0)
            return [Begin ?? throw new ArgumentException("the prompt is empty, and this model has no token to begin a text with")];
        if (!begin)
            return tokenizer.Encode(text);
        return [Begin ?? throw new ArgumentException("this model has no token to begin a text with"), .. tokenizer.Encode(text)];
    }

    /// <summary>Writes <c>generation_config.json</c> into a folder that has none, where there is something to say.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="more">Writes further fields; null where there are none.</param>
    internal void SaveBeside(string folder, Action<Utf8JsonWriter>? more = null)
    {
        var path = Path.Combine(folder, GenerationFile);
        if ((Begin is null && Ends.Count == 0 && more is null) || File.Exists(path))
            return;
        SafeFile.Write(path, stream =>
        {
            using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
            json.WriteStartObject();
            WriteFields(json);
            more?.Invoke(json);
            json.WriteEndObject();
        });
    }

    /// <summary>Writes <c>bos_token_id</c> and <c>eos_token_id</c>, null where there is none:
    /// other libraries would think of GPT-2's.</summary>
    internal void WriteFields(Utf8JsonWriter json)
    {
        if (Begin is { } begin)
            json.WriteNumber(TokenIdFields.BeginField, begin);
        else
            json.WriteNull(TokenIdFields.BeginField);
        if (Ends.Count == 0)
            json.WriteNull(TokenIdFields.EndField);
        else if (Ends.Count == 1)
            json.WriteNumber(TokenIdFields.EndField, Ends[0]);
        else
        {
            json.WriteStartArray(TokenIdFields.EndField);
            foreach (var end in Ends)
                json.WriteNumberValue(end);
            json.WriteEndArray();
        }
    }
}
