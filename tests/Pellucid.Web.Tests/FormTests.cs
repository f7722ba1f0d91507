using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Pellucid.Web.Tests;

/// <summary>Requests that say what their texts shall look like.</summary>
public sealed class FormTests(ServedModel served) : IClassFixture<ServedModel>
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("guided_choice", """["cat","dog"]""", "cat dog")]
    [InlineData("guided_regex", "\"[ab]\"", "a b")]
    [InlineData("guided_grammar", "\"root ::= \\\"x\\\" | \\\"yz\\\"\"", "x yz")]
    [InlineData("guided_json", """{"enum":[null,true]}""", "null true")]
    [InlineData("guided_json", "\"{\\\"type\\\":\\\"null\\\"}\"", "null")]
    [InlineData("response_format", """{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"boolean"}}}""", "true false")]
    public async Task A_text_has_the_form_that_is_asked_for(string field, string value, string texts)
    {
        foreach (var (path, prompt) in ((string, string)[])
            [
                ("/v1/completions", "\"prompt\":\"the\""),
                ("/v1/chat/completions", "\"messages\":[{\"role\":\"user\",\"content\":\"the\"}]"),
            ])
        {
            var (status, answer) = await Ask(path,
                $"{{{prompt},\"max_tokens\":30,\"n\":4,\"seed\":3,\"temperature\":2,\"{field}\":{value}}}");
            Assert.Equal(HttpStatusCode.OK, status);
            foreach (var choice in answer.GetProperty("choices").EnumerateArray())
            {
                Assert.Contains((choice.TryGetProperty("text", out var text) ? text : choice.GetProperty("message").GetProperty("content"))
                    .GetString()!, texts.Split(' '));
                Assert.Equal("stop", choice.GetProperty("finish_reason").GetString());
            }
        }
    }

    [Theory]
    [InlineData("\"guided_json\":{\"uniqueItems\":true}", "guided_json", "uniqueItems")]
    [InlineData("\"guided_json\":{\"required\":[\"a\"],\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"integer\",\"minimum\":5,"
        + "\"maximum\":3}}}", "guided_json", "no text at all")]
    [InlineData("\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"n\",\"schema\":{\"type\":\"array\","
        + "\"minItems\":1,\"items\":{\"type\":\"string\",\"minLength\":3,\"maxLength\":2}}}}", "response_format", "no text at all")]
    [InlineData("\"guided_regex\":\"(?=a)\"", "guided_regex", "looking ahead")]
    [InlineData("\"guided_choice\":[]", "guided_choice", "choose from")]
    [InlineData("\"guided_grammar\":\"x\"", "guided_grammar", "::=")]
    [InlineData("\"response_format\":{\"type\":\"xml\"}", "response_format", "xml")]
    [InlineData("\"response_format\":{\"type\":\"json_object\",\"schema\":{}}", "response_format.schema", "not a field")]
    [InlineData("\"guided_regex\":\"a\",\"guided_choice\":[\"a\"]", "guided_choice", "guided_regex")]
    public async Task A_form_that_cannot_be_kept_to_is_refused_by_its_field(string fields, string parameter, string why)
    {
        var (status, answer) = await Ask("/v1/completions", $"{{\"prompt\":\"the\",{fields}}}");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(parameter, answer.GetProperty("error").GetProperty("param").GetString());
        Assert.Contains(why, answer.GetProperty("error").GetProperty("message").GetString());
    }

    [Fact]
    public async Task What_the_models_tokens_cannot_write_is_the_requests_fault_whole_and_as_a_stream()
    {
        const string Fields = "\"prompt\":\"the\",\"guided_regex\":\"a?\\u0416\"";
        var (status, answer) = await Ask("/v1/completions", $"{{{Fields}}}");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("no token of the model's may follow", answer.GetProperty("error").GetProperty("message").GetString());
        using var response = await served.PostAsync("/v1/completions", $"{{{Fields},\"stream\":true}}");
        var last = (await response.Content.ReadAsStringAsync(Ended)).Trim().Split("data: ")[^1];
        var error = JsonDocument.Parse(last).RootElement.GetProperty("error");
        Assert.Equal("invalid_request_error", error.GetProperty("type").GetString());
        Assert.Contains("no token of the model's may follow", error.GetProperty("message").GetString());
    }

    private async Task<(HttpStatusCode, JsonElement)> Ask(string path, string body)
    {
        using var response = await served.PostAsync(path, body);
        return (response.StatusCode, await response.Content.ReadFromJsonAsync<JsonElement>(Ended));
    }
}
