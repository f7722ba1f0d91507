using System.Text.Json.Serialization;
using Pellucid.Tokens;

namespace Pellucid.Cli.Look;

/// <summary>What every result about a model says first.</summary>
/// <param name="Model">As it was asked for.</param>
/// <param name="Method">How the numbers were made.</param>
/// <param name="Bos">Whether a begin token stands before the text.</param>
/// <param name="BeginOfText">The same, under the name of the option.</param>
/// <param name="Tokens">Of the prompt; none where there are many prompts.</param>
internal record ModelResult([property: JsonPropertyOrder(-5)] string Model, [property: JsonPropertyOrder(-4)] string Method,
    [property: JsonPropertyOrder(-3)] bool Bos, [property: JsonPropertyOrder(-2)] bool BeginOfText,
    [property: JsonPropertyOrder(-1)] IReadOnlyList<TokenResult> Tokens)
{
    public static ModelResult Of(Subject subject, string method, IReadOnlyList<int> tokens) => new(subject.Path, method,
        subject.Begin is not null, subject.Begin is not null, [.. tokens.Select(token => TokenResult.Of(subject.Tokenizer, token))]);
}

/// <summary>A token, its text, and how probable it is where that is told.</summary>
internal sealed record TokenResult(int Token, string Text,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? Probability)
{
    public static TokenResult Of(Tokenizer tokenizer, int token, double? probability = null) =>
        new(token, tokenizer.Decode([token]), probability);
}
